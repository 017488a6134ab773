// run --each and --all: one command in many instances at once, and their output as one.

import {makeDirectory} from '../files.js';
import {Lines} from '../output/lines.js';
import {growFile, type Growing} from '../pieces.js';
import type {Cache} from './cache.js';
import {inParallel} from './in-parallel.js';
import {resolveInstance} from './resolve.js';
import {planRun, type RunRequest} from './run.js';
import {supervise, type Reader, type Supervision} from './supervise.js';

export interface EachRequest extends Omit<RunRequest, 'instance' | 'files'> {
  readonly instances: readonly string[];
  /** How the output of all becomes one: line by line as it comes, or each one's when it has ended. */
  readonly order: 'lines' | 'groups';
  /** A directory to keep each one's output in as well, as NAME.out and NAME.err. */
  readonly tee: string | undefined;
  readonly atOnce: number;
  /** The first that fails ends the others, and those that wait do not begin. */
  readonly failsFast: boolean;
}

export interface Ended {
  readonly instance: string;
  /** 'status 3', 'SIGKILL', 'timeout', or why it could not be run; undefined: it has succeeded. */
  readonly failure: string | undefined;
}

/** Where the output goes; a line of one is never inside of another one's. */
export interface EachOutput {
  readonly stdout: (line: string | Uint8Array) => Promise<void>;
  readonly stderr: (line: string | Uint8Array) => Promise<void>;
  /** Told whenever one has ended. */
  readonly onEnd: (ended: readonly Ended[]) => void;
}

/** Runs the command everywhere, and tells how each ended, in the order of the instances. */
export async function runEach(
  cache: Cache,
  request: EachRequest,
  {output, ...supervision}: Supervision & {output: EachOutput},
): Promise<readonly Ended[]> {
  const instances = [...new Set(request.instances.map((word) => resolveInstance(cache, word)))];
  // Whoever cannot be used is told before anything is started.
  const starts = instances.map((instance) => ({
    instance,
    start: planRun(cache, {...request, instance, terminal: 'off'}),
  }));
  if (request.tee !== undefined) makeDirectory(request.tee);
  const abort = new AbortController();
  const ended: Ended[] = [];
  await inParallel(starts, request.atOnce, async ({instance, start}) => {
    const one: Ended = abort.signal.aborted
      ? {instance, failure: 'not started'}
      : {instance, failure: await runOne()};
    ended.push(one);
    output.onEnd(ended);
    if (one.failure !== undefined && request.failsFast) abort.abort();

    async function runOne(): Promise<string | undefined> {
      const reader = new OneReader(instance, request, output);
      const manner = {...supervision, reader, hasNoInput: true, abort: abort.signal};
      try {
        const {status, signal, why} = await supervise(start, manner);
        if (why === 'timeout') return why;
        return signal ?? (status === 0 ? undefined : `status ${String(status)}`);
      } finally {
        await reader.end();
      }
    }
  });
  return instances.flatMap((name) => ended.find(({instance}) => instance === name) ?? []);
}

/** Reads one command's output. */
class OneReader implements Reader {
  readonly #streams: readonly [OneStream, OneStream];

  constructor(instance: string, {order, tee}: EachRequest, output: EachOutput) {
    const head = order === 'groups' ? '' : `${instance}: `;
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
  /** Keeps all until the end. */
  readonly isHeldBack: boolean;
  readonly copy: Growing | undefined;
}

class OneStream {
  readonly #facts: StreamFacts;
  readonly #lines = new Lines();
  readonly #held: Buffer[] = [];

  constructor(facts: StreamFacts) {
    this.#facts = facts;
  }

  async add(piece: Buffer): Promise<void> {
    this.#facts.copy?.write(piece);
    if (this.#facts.isHeldBack) this.#held.push(piece);
    else await this.#show(this.#lines.add(piece));
  }

  async end(): Promise<void> {
    this.#facts.copy?.close();
    if (this.#held.length > 0) await this.#facts.write(Buffer.concat(this.#held));
    await this.#show(this.#lines.end());
  }

  async #show(lines: readonly Buffer[]): Promise<void> {
    if (lines.length === 0) return;
    const head = Buffer.from(this.#facts.head);
    await this.#facts.write(Buffer.concat(lines.flatMap((line) => [head, line])));
  }
}
