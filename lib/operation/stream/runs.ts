// What runs in a stream: a command, which is a job, or a block of the test's own.

import {CrcacheError} from '../../errors.js';
import type {Cache} from '../cache.js';
import {waitForJobs} from '../job/end-of-job.js';
import type {Job} from '../job/job.js';
import {askThere, placeOf} from '../job/there.js';
import type {CodeBlock, CommandBlock} from './code.js';
import {startJobs} from './start-jobs.js';
import type {Stream} from './stream.js';

export interface Result {
  readonly success: boolean;
  readonly output: Readonly<Record<string, string>>;
}

export interface Run {
  /** Undefined until it has ended. */
  result: Result | undefined;
  /** The job that it is, when it has begun. */
  readonly job: Promise<Job | undefined>;
  /** Fails where it could not be run. */
  readonly end: Promise<void>;
}

/** A block of the test's own. */
export function runBlock(stream: Stream, block: CodeBlock): Run {
  return follow(Promise.resolve(undefined), async () => {
    await block.sendSelf(stream);
    await block.run(stream);
    const {success, output} = block;
    return {success, output};
  });
}

interface Commands {
  readonly block: CommandBlock;
  readonly synchronized: boolean;
}

/** A command in each of several streams. */
export function startCommands(
  cache: Cache,
  streams: readonly Stream[],
  {block, synchronized}: Commands,
): Run[] {
  const start = (names: readonly string[]): Promise<Job[]> =>
    startJobs(cache, {
      instance: `:${names.join(',')}`,
      words: block.words,
      line: block.line,
      block: block.block,
      settings: Object.entries(block.options.env ?? {}).map(([key, value]) => `${key}=${value}`),
      outputs: Object.entries(block.options.outputs ?? {}).map(([key, path]) => `${key}=${path}`),
      together: synchronized ? 'start' : undefined,
    });
  const all = synchronized ? start(streams.map(({name}) => name)) : undefined;
  return streams.map(({name}, index) => {
    const job = (all ?? start([name])).then((jobs) => jobs[all === undefined ? 0 : index]);
    return follow(job, async () => {
      const begun = await job;
      if (begun === undefined) throw new Error(`stream ':${name}' has begun no job`);
      return endOf(cache, begun, block);
    });
  });
}

/** A failure is nobody's yet: it is told to who waits. */
function follow(job: Run['job'], work: () => Promise<Result>): Run {
  const end = work().then((result) => {
    run.result = result;
  });
  const run: Run = {result: undefined, job, end};
  end.catch(() => {
    run.result = {success: false, output: {}};
  });
  job.catch(() => undefined);
  return run;
}

async function endOf(cache: Cache, job: Job, {options}: CommandBlock): Promise<Result> {
  const status = await waitForJobs(cache, {jobs: [job], timeoutMs: undefined, isAny: false});
  const files = [
    ...Object.keys(options.outputs ?? {}).map((name) => [name, `output/${name}`] as const),
    ...(options.stdout === undefined ? [] : [[options.stdout, 'stdout'] as const]),
  ];
  const output: Record<string, string> = {};
  for (const [name, file] of files) {
    if (Object.hasOwn(output, name)) {
      throw new CrcacheError('usage', `a block has two outputs '${name}'`);
    }
    const answer = await askThere(cache, job, ['cat -- "$1/$2"', placeOf(job), file]);
    if (answer.status === 0) output[name] = answer.stdout;
  }
  return {success: status === 0, output};
}
