// The protocol of autopkgtest's virtualisation servers: a command a line, words apart by blanks, each URL-encoded, and
// an answer to each.

import {CrcacheError} from '../errors.js';
import type {Testbed} from './testbed.js';

export interface Conversation {
  readonly lines: AsyncIterable<string>;
  readonly answer: (line: string) => Promise<void>;
  /** Tells a person what could not be copied. */
  readonly say: (line: string) => void;
}

/** Answers until 'quit'; whatever ends it, the instance goes back. */
export async function serveTestbed(
  testbed: Testbed,
  {lines, answer, say}: Conversation,
): Promise<void> {
  try {
    await answer('ok');
    for await (const line of lines) {
      const [command = '', ...words] = line.trim().split(/\s+/).map(decodeURIComponent);
      if (command === 'quit') return;
      const act = commands[command];
      if (act === undefined) throw new CrcacheError('usage', `there is no command '${command}'`);
      await answer(await act(testbed, words, say));
    }
    throw new CrcacheError('failed', "it ends without 'quit'");
  } finally {
    await testbed.close();
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
  copydown: (testbed, [from = '', to = ''], say) => copy(() => testbed.copyIn(from, to), say),
  copyup: (testbed, [from = '', to = ''], say) => copy(() => testbed.copyOut(from, to), say),
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
