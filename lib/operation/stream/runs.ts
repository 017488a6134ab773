// What runs in a stream: a command, which is a job, or a block of the test's own.

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
  /** Has what is no job end: by a signal, and after some time nobody waits for it any more. */
  readonly abort: () => void;
}

const failed: Result = {success: false, output: {}};

/** How long what is to end has for that. */
export const graceMs = 2_000;

/** A block of the test's own. */
export function runBlock(stream: Stream, block: CodeBlock): Run {
  const ending = new AbortController();
  const {signal} = ending;
  const work = async (): Promise<Result> => {
    await block.sendSelf(stream);
    await block.run(stream, signal);
    const {success, output} = block;
    return {success: success && !signal.aborted, output};
  };
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<Result>((resolve) => {
    signal.addEventListener('abort', () => {
      timer = setTimeout(resolve, graceMs, failed);
    });
  });
  const abort = (): void => {
    ending.abort();
  };
  return follow({job: Promise.resolve(undefined), abort}, () =>
    Promise.race([
      work().finally(() => {
        clearTimeout(timer);
      }),
      overdue,
    ]),
  );
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
    return follow({job, abort: () => undefined}, async () => {
      const begun = await job;
      if (begun === undefined) throw new Error(`stream ':${name}' has begun no job`);
      return endOf(cache, begun, block);
    });
  });
}

/** A failure is nobody's yet: it is told to who waits. */
function follow(parts: Pick<Run, 'job' | 'abort'>, work: () => Promise<Result>): Run {
  const end = work().then((result) => {
    run.result = result;
  });
  const run: Run = {result: undefined, end, ...parts};
  end.catch(() => {
    run.result = failed;
  });
  parts.job.catch(() => undefined);
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
    const answer = await askThere(cache, job, ['cat -- "$1/$2"', placeOf(job), file]);
    if (answer.status === 0) output[name] = answer.stdout;
  }
  return {success: status === 0, output};
}
