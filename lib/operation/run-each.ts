// run --each and --all: one command in many instances at once, and their output as one.

import {setMaxListeners} from 'node:events';
import {CrcacheError} from '../errors.js';
import {makeDirectory} from '../files.js';
import {compareInstanceNames} from '../instance.js';
import {Lines} from '../output/lines.js';
import {growFile, type Growing} from '../pieces.js';
import {Spool} from '../spool.js';
import {withBlock} from './block/block.js';
import {isCode} from './block/parts.js';
import type {Cache} from './cache.js';
import {inParallel} from './in-parallel.js';
import {resolveInstance} from './resolve.js';
import {planRun, type RunRequest} from './run.js';
import {acquireWords} from './stream/acquire-stream.js';
import {supervise, type Outcome, type Reader, type Supervision} from './supervise.js';

export interface EachRequest extends Omit<RunRequest, 'instance' | 'files'> {
  /** The words that name them; undefined: all that are in use of the source. */
  readonly instances: readonly string[] | undefined;
  readonly source: string | undefined;
  /** Whether an instance's name stands before each line. */
  readonly isPrefixed: boolean;
  /** How the output of all becomes one: line by line as it comes, or each one's when it has ended. */
  readonly order: 'lines' | 'groups';
  /** A directory to keep each one's output in as well, as NAME.out and NAME.err. */
  readonly tee: string | undefined;
  readonly atOnce: number;
  /** The first that fails ends the others, and those that wait do not begin. */
  readonly failsFast: boolean;
}

/** Where the output goes; a line of one is never inside of another one's. */
export interface EachOutput {
  readonly stdout: (lines: Uint8Array) => Promise<void>;
  readonly stderr: (lines: Uint8Array) => Promise<void>;
  readonly progress: {
    readonly show: (line: string) => void;
    readonly clear: () => void;
  };
}

interface Ended {
  readonly instance: string;
  /** 'status 3', 'SIGKILL', 'timeout', 'not started'; undefined: it has succeeded. */
  readonly failure: string | undefined;
}

type Manner = Supervision & {readonly output: EachOutput};

/** Runs the command everywhere and says how it went; the value is 0 if all have succeeded, else 1. */
export async function runEach(cache: Cache, request: EachRequest, manner: Manner): Promise<number> {
  if (request.words.length === 0 && request.line === undefined && !isCode(request.block)) {
    throw new CrcacheError('usage', "COMMAND is missing after '--'");
  }
  const instances = await instancesOf(cache, request);
  if (instances.length === 0) throw new CrcacheError('usage', 'there is no instance to run it in');
  const ended = await runAll(cache, {...request, instances}, manner);
  manner.output.progress.clear();
  const failed = ended.filter(({failure}) => failure !== undefined);
  for (const {instance, failure} of failed) cache.say(`'${instance}': ${failure ?? ''}`);
  cache.say(`${String(ended.length - failed.length)} of ${String(ended.length)} succeeded`);
  return failed.length === 0 ? 0 : 1;
}

async function instancesOf(cache: Cache, {instances, source}: EachRequest): Promise<string[]> {
  if (instances !== undefined) {
    const words = await acquireWords(cache, instances);
    return [...new Set(words.map((word) => resolveInstance(cache, word)))];
  }
  if (source === undefined) throw new CrcacheError('usage', "option '--all' wants a source: -s");
  const places = cache.source(source).state.placesIn('in-use');
  return places.map(({instance}) => instance).sort(compareInstanceNames);
}

async function runAll(
  cache: Cache,
  request: EachRequest & {readonly instances: readonly string[]},
  {output, ...supervision}: Manner,
): Promise<readonly Ended[]> {
  const {instances, atOnce, tee, failsFast} = request;
  // Whoever cannot be used is told before anything is started.
  const starts = await Promise.all(
    instances.map(async (instance) => ({
      instance,
      start: planRun(cache, await withBlock(cache, {...request, instance, terminal: 'off'})),
    })),
  );
  if (tee !== undefined) makeDirectory(tee);
  const abort = new AbortController();
  setMaxListeners(0, abort.signal); // each command has one
  let mayBegin = true;
  const failures = new Map<string, string | undefined>();
  const inTurn = makeTurns();
  const showHowFar = (): void => {
    output.progress.show(`${String(failures.size)} of ${String(instances.length)} done`);
  };
  showHowFar();
  await inParallel(starts, atOnce, async ({instance, start}) => {
    if (!mayBegin) {
      failures.set(instance, 'not started');
      return;
    }
    const reader = new OneReader(instance, request, output);
    const manner = {...supervision, reader, hasNoInput: true, abort: abort.signal};
    const outcome = await supervise(start, manner).finally(() => inTurn(() => reader.end()));
    failures.set(instance, failureOf(outcome));
    showHowFar();
    const isFailure = failures.get(instance) !== undefined;
    if (failsFast && isFailure) abort.abort();
    mayBegin &&= !(outcome.isToEnd || (failsFast && isFailure));
  });
  return instances.map((instance) => ({instance, failure: failures.get(instance)}));
}

/** What does one thing after the other, whoever asks for it. */
function makeTurns(): (act: () => Promise<void>) => Promise<void> {
  let last = Promise.resolve();
  return (act) => (last = last.then(act));
}

function failureOf({status, signal, why}: Outcome): string | undefined {
  if (why === 'timeout') return why;
  return signal ?? (status === 0 ? undefined : `status ${String(status)}`);
}

/** Reads one command's output. */
class OneReader implements Reader {
  readonly #streams: readonly [OneStream, OneStream];

  constructor(instance: string, {isPrefixed, order, tee}: EachRequest, output: EachOutput) {
    const head = isPrefixed ? `${instance}: ` : '';
    const make = (write: EachOutput['stdout'], suffix: string): OneStream =>
      new OneStream({
        head,
        write,
        isHeldBack: order === 'groups',
        copy: tee === undefined ? undefined : growFile(`${tee}/${instance}.${suffix}`),
      });
    this.#streams = [make(output.stdout, 'out'), make(output.stderr, 'err')];
  }

  readonly stdout = (piece: Buffer): Promise<void> => this.#streams[0].add(piece);
  readonly stderr = (piece: Buffer): Promise<void> => this.#streams[1].add(piece);

  async end(): Promise<void> {
    for (const stream of this.#streams) await stream.end();
  }
}

interface StreamFacts {
  /** Stands before each line. */
  readonly head: string;
  readonly write: EachOutput['stdout'];
  /** All of it is kept until the end. */
  readonly isHeldBack: boolean;
  readonly copy: Growing | undefined;
}

class OneStream {
  readonly #facts: StreamFacts;
  readonly #lines = new Lines();
  #held: Spool | undefined;

  constructor(facts: StreamFacts) {
    this.#facts = facts;
  }

  async add(piece: Buffer): Promise<void> {
    this.#facts.copy?.write(piece);
    if (this.#facts.isHeldBack) (this.#held ??= new Spool()).write(piece);
    else await this.#show(piece);
  }

  async end(): Promise<void> {
    this.#facts.copy?.close();
    for (let piece = this.#held?.read(); piece !== undefined; piece = this.#held?.read()) {
      await this.#show(piece);
    }
    this.#held?.close();
    await this.#print(this.#lines.end());
  }

  async #show(piece: Buffer): Promise<void> {
    const {head, isHeldBack, write} = this.#facts;
    if (isHeldBack && head === '') await write(piece);
    else await this.#print(this.#lines.add(piece));
  }

  async #print(lines: readonly Buffer[]): Promise<void> {
    if (lines.length === 0) return;
    const head = Buffer.from(this.#facts.head);
    await this.#facts.write(Buffer.concat(lines.flatMap((line) => [head, line])));
  }
}
