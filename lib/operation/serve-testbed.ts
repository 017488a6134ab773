// The protocol of autopkgtest's virtualisation servers: a command a line, words apart by blanks, each URL-encoded, and
// an answer to each.

import type {EventEmitter} from 'node:events';
import {CrcacheError} from '../errors.js';
import type {Testbed} from './testbed.js';

export interface Conversation {
  readonly lines: AsyncIterable<string>;
  readonly answer: (line: string) => Promise<void>;
  /** Tells a person what could not be copied. */
  readonly say: (line: string) => void;
}

/** The lines that are asked, and whether anybody is there for the answers. */
export class Questions {
  readonly #gone = new AbortController();
  readonly #lines: AsyncIterable<string>;
  #unread = 0;

  constructor(lines: EventEmitter & AsyncIterable<string>) {
    const iterator = lines[Symbol.asyncIterator](); // what comes before there is one is lost
    this.#lines = {[Symbol.asyncIterator]: () => iterator};
    lines.on('line', () => this.#unread++);
    lines.once('close', () => {
      if (this.#unread === 0) this.#gone.abort(endless());
    });
  }

  /** Aborted when they have ended, and nothing is left to be answered but what is at work. */
  get abort(): AbortSignal {
    return this.#gone.signal;
  }

  async *lines(): AsyncGenerator<string> {
    for await (const line of this.#lines) {
      this.#unread--;
      yield line;
    }
  }
}

/** Answers until 'quit'; whatever ends it, the instance goes back. */
export async function serveTestbed(
  testbed: Testbed,
  {lines, answer, say}: Conversation,
): Promise<void> {
  try {
    await answer('ok');
    for await (const line of lines) {
      const [command = '', ...words] = wordsOf(line);
      if (command === 'quit') return;
      const act = Object.hasOwn(commands, command) ? commands[command] : undefined;
      if (act === undefined) throw new CrcacheError('usage', `there is no command '${command}'`);
      await answer(await act(testbed, words, say));
    }
    throw endless();
  } finally {
    await testbed.close();
  }
}

function endless(): CrcacheError {
  return new CrcacheError('failed', "it ends without 'quit'");
}

function wordsOf(line: string): string[] {
  try {
    return line.trim().split(/\s+/).map(decodeURIComponent);
  } catch {
    throw new CrcacheError('usage', `'${line}' is not URL-encoded UTF-8`);
  }
}

/** Does what a command says; the value is the answer. */
type Act = (
  testbed: Testbed,
  words: readonly string[],
  say: Conversation['say'],
) => Promise<string>;

const commands: Readonly<Record<string, Act>> = {
  open: async (testbed) => ok(await testbed.open()),
  capabilities: (testbed) => Promise.resolve(ok(...testbed.capabilities())),
  'print-execute-command': (testbed) =>
    Promise.resolve(`ok ${testbed.command().map(encodeURIComponent).join(',')}`),
  copydown: (testbed, words, say) => {
    const [from, to] = twoPaths(words);
    return copy(() => testbed.copyIn(from, to), say);
  },
  copyup: (testbed, words, say) => {
    const [from, to] = twoPaths(words);
    return copy(() => testbed.copyOut(from, to), say);
  },
  revert: async (testbed) => ok(await testbed.revert()),
  reboot: async (testbed) => {
    await testbed.reboot();
    return ok();
  },
  shell: async (testbed, [directory = '/', ...settings]) => {
    await testbed.shell(directory, settings);
    return ok();
  },
  auxverb_debug_fail: () => Promise.resolve(ok()),
  close: async (testbed) => {
    await testbed.close();
    return ok();
  },
};

function ok(...words: readonly string[]): string {
  return ['ok', ...words.map(encodeURI)].join(' ');
}

function twoPaths([from, to, ...more]: readonly string[]): [string, string] {
  if (from !== undefined && to !== undefined && more.length === 0) return [from, to];
  throw new CrcacheError('usage', 'a copy wants two paths');
}

/** A copy that fails is an answer, not the end. */
async function copy(work: () => Promise<void>, say: Conversation['say']): Promise<string> {
  try {
    await work();
    return ok();
  } catch (error) {
    if (!(error instanceof CrcacheError)) throw error;
    say(error.message);
    return 'copy-failed';
  }
}
