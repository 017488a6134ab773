// A job: a command that runs on in an instance after its client has gone. What is known of it here is a directory of
// plain files, `jobs/N` of its instance; where the instance's files are not those of this machine, what the job writes
// itself is in the directory that the file `where` names, in the instance.

import {CrcacheError} from '../../errors.js';
import {decodeBytes} from '../../bytes.js';
import {
  exists,
  listNames,
  makeDirectory,
  readBytes,
  readText,
  renameToFree,
  writeWhole,
} from '../../files.js';
import {parseInstanceName, sourceNameOf} from '../../instance.js';
import type {Cache} from '../cache.js';
import {levelsOf, readInstance, type Instance} from '../instance.js';
import {resolveInstance, unknownInstance} from '../resolve.js';
import {findStream} from '../stream/locate.js';
import {isStreamWord, spreadWords} from '../stream/names.js';
import {findSession} from '../stream/session.js';

export interface Job {
  /** 'pool-0/1'. */
  readonly name: string;
  readonly instance: string;
  /** Its directory in the state directory. */
  readonly directory: string;
  /** The directory in its instance; undefined where that is the same. */
  readonly where: string | undefined;
  /** The user that it runs as, where that is not the instance's usual one. */
  readonly user: string | undefined;
  /** Names it for ever: it stands in the environment of all its processes. */
  readonly mark: string;
}

/** The jobs of an instance, in the order in which they were started. */
export function jobsOf(cache: Cache, name: string): Job[] {
  const directory = directoryOf(cache, name);
  return listNames(`${directory}/jobs`)
    .filter((entry) => /^[1-9][0-9]*$/.test(entry))
    .map(Number)
    .sort((a, b) => a - b)
    .map((number) => readJob(cache, name, number));
}

function readJob(cache: Cache, instance: string, number: number): Job {
  const directory = `${directoryOf(cache, instance)}/jobs/${String(number)}`;
  return {
    name: `${instance}/${String(number)}`,
    instance,
    directory,
    where: fileOf(directory, 'where'),
    user: fileOf(directory, 'user'),
    mark: fileOf(directory, 'mark') ?? '',
  };
}

/** A job's command. */
export function argvOf({directory}: Job): string[] {
  const bytes = readBytes(`${directory}/argv`) ?? Buffer.of();
  return decodeBytes(bytes).split('\0').slice(0, -1);
}

/** A short file of a directory, without its line break; undefined where there is none. */
export function fileOf(directory: string, name: string): string | undefined {
  return readText(`${directory}/${name}`)?.trimEnd();
}

function directoryOf(cache: Cache, instance: string): string {
  const source = sourceNameOf(instance);
  return cache.store.source(source).instancePath(instance);
}

/** The jobs that a word means: 'pool-0/1' is one, 'pool-0' all of that instance, ':1-2' those of streams. */
export function resolveJobs(cache: Cache, word: string): Job[] {
  return spreadWords([word]).flatMap((each) => jobsNamed(cache, each));
}

function jobsNamed(cache: Cache, word: string): Job[] {
  const [, of = word, number] = /^(.*)\/([1-9][0-9]*)$/.exec(word) ?? [];
  const jobs = jobsWhere(cache, of);
  const wanted = jobs.filter(({name}) => number === undefined || name.endsWith(`/${number}`));
  if (wanted.length > 0) return wanted;
  const title = isStreamWord(of) ? of : resolveInstance(cache, of);
  throw new CrcacheError(
    'not-found',
    number === undefined ? `'${title}' has no job` : `no job '${word}'`,
    jobs.length === 0 ? `crcache run -d ${title} COMMAND` : `crcache jobs ${title}`,
  );
}

/** All jobs of the instance that a word means. */
function jobsWhere(cache: Cache, word: string): Job[] {
  const instance = whoseJobs(cache, word);
  return instance === undefined ? [] : jobsOf(cache, instance);
}

/** The instance whose jobs a word means, in use or not. A stream that has not been used yet has none. */
export function whoseJobs(cache: Cache, word: string): string | undefined {
  const instance = isStreamWord(word) ? findStream(cache, word) : resolveInstance(cache, word);
  if (instance === undefined || exists(directoryOf(cache, instance))) return instance;
  throw unknownInstance(cache, word);
}

/** What messages call jobs, or their instances: as who is inside of streams has named them, ':1/2'. */
export function titleOf(cache: Cache, {name, instance}: Pick<Job, 'name' | 'instance'>): string {
  const stream = findSession(cache)?.streamOf(instance);
  return stream === undefined ? name : `:${stream}${name.slice(instance.length)}`;
}

/** The one job that a word means. */
export function resolveJob(cache: Cache, word: string): Job {
  const jobs = resolveJobs(cache, word);
  const [job, ...others] = jobs;
  if (job !== undefined && others.length === 0) return job;
  const names = jobs.map((each) => titleOf(cache, each)).join(', ');
  throw new CrcacheError('usage', `'${word}' has several jobs: ${names}`, 'name one of them');
}

export interface NewJob {
  readonly instance: Instance;
  readonly argv: readonly string[];
  readonly settings: readonly string[];
  readonly user: string | undefined;
  readonly outputs: readonly string[];
  /** Where it starts, where that is known here. */
  readonly cwd?: string;
}

/** Makes the directory of a job that is about to be started, under the next free number. */
export function makeJob(cache: Cache, wanted: NewJob): Job {
  const {instance, argv, settings, user, outputs, cwd} = wanted;
  const jobs = `${instance.facts.directory}/jobs`;
  makeDirectory(jobs, 'alone'); // an instance that has gone is not made anew
  const prepared = `${jobs}/new.${cache.around.workshop.newWorker().nonce}`;
  makeDirectory(prepared, 'alone');
  writeWhole(`${prepared}/argv`, argv.map((word) => `${word}\0`).join(''));
  writeWhole(`${prepared}/env`, settings.map((setting) => `${setting}\n`).join(''));
  writeWhole(`${prepared}/outputs`, outputs.map((output) => `${output}\n`).join(''));
  writeWhole(`${prepared}/asked`, `${cache.around.now().toISOString()}\n`);
  if (cwd !== undefined) writeWhole(`${prepared}/cwd`, cwd);
  if (user !== undefined) writeWhole(`${prepared}/user`, `${user}\n`);
  for (let number = 1 + lastNumber(jobs); ; number++) {
    // Ends in a dot: the mark of the first is no part of that of the tenth.
    const mark = `${instance.facts.incarnation}.${String(number)}.`;
    writeWhole(`${prepared}/mark`, `${mark}\n`);
    if (renameToFree(prepared, `${jobs}/${String(number)}`)) {
      return readJob(cache, instance.name, number);
    }
  }
}

function lastNumber(jobs: string): number {
  return Math.max(0, ...listNames(jobs).map(Number).filter(Number.isInteger));
}

/** Whether what a job writes lies on this machine as ours, whichever way leads into its instance. */
export function liesHere(cache: Cache, job: Job): boolean {
  if (job.where !== undefined) return false;
  const source = cache.findSource(parseInstanceName(job.instance)?.source ?? '');
  if (source === undefined) return true;
  return sharesFiles(cache, readInstance(cache, source, job.instance));
}

export function sharesFiles(cache: Cache, instance: Instance): boolean {
  return levelsOf(cache, instance).every(
    ({type, facts}) => type.capabilities(facts.settings).sharesFiles,
  );
}
