// run and shell: who becomes the command, or stays as its parent, and what is said of its end.

import {CrcacheError} from '../errors.js';
import {readText, removeFile} from '../files.js';
import {newNonce} from '../store/worker.js';
import {clockMs} from '../time.js';
import type {Cache} from './cache.js';
import {planRun, type RunRequest, type RunStart} from './run.js';
import {writeStatusFile, type Ending, type StatusFile} from './status-file.js';
import {beginLog} from './run-log.js';
import {supervise, type Outcome, type Supervision} from './supervise.js';

/** Who can stand in this process's place: it becomes the command, or starts this program again as its parent. */
export interface Launcher {
  readonly become: (start: RunStart) => void;
  readonly restart: () => void;
}

export interface Manner extends Supervision {
  readonly launcher: Launcher | undefined;
  /** The file to write the end of the command to. */
  readonly statusFile?: StatusFile | undefined;
  /** Whether what its reader gets is kept in a log as well. */
  readonly isLogged?: boolean;
}

/** Runs a command; the value is its exit status, where it has run already. */
export async function runCommand(
  cache: Cache,
  given: RunRequest,
  manner: Manner,
): Promise<number | undefined> {
  const {launcher, timeoutMs, statusFile, reader} = manner;
  const mustStay = [timeoutMs, statusFile, reader].some((each) => each !== undefined);
  if (launcher !== undefined && mustStay) {
    launcher.restart();
    return undefined;
  }
  if (launcher !== undefined) {
    launcher.become(planRun(cache, await prepared(cache, given)));
    return undefined;
  }
  const run = async (): Promise<Ending> => runLogged(cache, await prepared(cache, given), manner);
  return (await (statusFile === undefined ? run() : andTell(statusFile, run))).status;
}

/** What it is with all that must be in the instance first. */
async function prepared(cache: Cache, given: RunRequest): Promise<RunRequest> {
  return withCode(cache, await withFiles(cache, given));
}

async function withFiles(cache: Cache, given: RunRequest): Promise<RunRequest> {
  const {files} = given;
  if (files === undefined) return given;
  const {bringFiles} = await import('./bring-files.js');
  return bringFiles(cache, {...given, files});
}

async function withCode(cache: Cache, given: RunRequest): Promise<RunRequest> {
  if (given.block === undefined) return given;
  const {withBlock} = await import('./block/block.js');
  return withBlock(cache, given);
}

/** Writes down how a command ended, or that it could not be run. */
async function andTell(statusFile: StatusFile, run: () => Promise<Ending>): Promise<Ending> {
  try {
    const ending = await run();
    writeStatusFile(statusFile, ending);
    return ending;
  } catch (error) {
    if (error instanceof CrcacheError) writeStatusFile(statusFile, {status: 125, why: 'crcache'});
    throw error;
  }
}

/** Runs a command, and keeps what it prints and how it ended where that is wished for. */
async function runLogged(
  cache: Cache,
  request: RunRequest,
  {isLogged = false, reader, ...manner}: Manner,
): Promise<Ending> {
  const log = isLogged && reader !== undefined ? beginLog(cache, request, reader) : undefined;
  const run = manner.statusFile === undefined ? runOnly : enterAndRun;
  const ending = await run(cache, request, {...manner, reader: log ?? reader});
  log?.end(ending);
  return ending;
}

function runOnly(cache: Cache, request: RunRequest, manner: Supervision): Promise<Ending> {
  return supervise(planRun(cache, request), manner);
}

/** A directory that cannot be entered ends with a status that could be the command's: it is tried by itself first. */
async function enterAndRun(
  cache: Cache,
  request: RunRequest,
  manner: Supervision,
): Promise<Ending> {
  const start = planRun(cache, request);
  if (request.directory === undefined) return runAndAsk(start, manner);
  const startMs = clockMs();
  const attempt = planRun(cache, {...request, line: 'exit', isPlain: true, terminal: 'off'});
  const {status, why} = await runAndAsk(attempt, {...manner, hasNoInput: true});
  if (status !== 0) {
    return why === 'exited' && status < 128 ? {status: 125, why: 'crcache'} : {status, why};
  }
  const {timeoutMs} = manner;
  if (timeoutMs === undefined) return runAndAsk(start, manner);
  const leftMs = timeoutMs - (clockMs() - startMs); // both have the one time
  return runAndAsk(start, {...manner, timeoutMs: Math.max(0, leftMs)});
}

/** Runs it, and asks the run script whether its status is the command's. */
async function runAndAsk(start: RunStart, manner: Supervision): Promise<Ending> {
  const note = `${start.directory}/running/${newNonce()}.why`;
  try {
    const env = {...start.env, CRCACHE_RUN_WHY: note};
    const outcome = await supervise({...start, env}, manner);
    return {...outcome, why: whyOf(outcome, readText(note)?.trim())};
  } finally {
    removeFile(note);
  }
}

/** A run script that cannot run its command says why: its status alone could be the command's. */
function whyOf({status, why}: Outcome, said: string | undefined): Ending['why'] {
  if (why !== 'exited' || status !== 125) return why;
  return said === 'lost' || said === 'crcache' ? said : why;
}
