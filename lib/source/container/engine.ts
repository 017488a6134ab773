// The programs that run containers, docker and podman: which one it is, and what it is asked.

import {CrcacheError} from '../../errors.js';
import type {SourceFacts, ToolAnswer} from '../source.js';
import type {Container, ContainerInstance} from './keys.js';

export type Engine = 'docker' | 'podman';

/** What an engine may take to answer while it does something else. */
const timeoutMs = 120_000;

/** The engine of an instance, or of a source that has none yet. */
export async function engineOf(facts: ContainerInstance | SourceFacts<Container>): Promise<Engine> {
  const noted = 'handle' in facts ? facts.handle['engine'] : undefined;
  if (noted === 'docker' || noted === 'podman') return noted;
  const {engine} = facts.settings;
  if (engine !== 'auto') return engine;
  const said: string[] = [];
  for (const each of ['docker', 'podman'] as const) {
    const {status, stderr} = await facts.surroundings.askTool(each, ['info']);
    if (status === 0) return each;
    said.push(`${each}: ${status === 127 ? 'there is no such program' : lastLine(stderr)}`);
  }
  throw new CrcacheError(
    'failed',
    `no engine answers: ${said.join('; ')}`,
    'apt-get install podman, or start the daemon of docker',
  );
}

/** Asks an engine; a status that is not 0 is an answer. */
export function askEngine(
  {surroundings}: Pick<ContainerInstance, 'surroundings'>,
  engine: Engine,
  words: readonly string[],
): Promise<ToolAnswer> {
  return surroundings.askTool(engine, words, {timeoutMs});
}

/** Has an engine do something, which must succeed; the value is what it prints. */
export async function tellEngine(
  instance: Pick<ContainerInstance, 'surroundings'>,
  engine: Engine,
  words: readonly string[],
): Promise<string> {
  const {status, stdout, stderr} = await askEngine(instance, engine, words);
  if (status === 0) return stdout.trim();
  throw new CrcacheError('failed', `'${engine} ${words[0] ?? ''}': ${lastLine(stderr)}`);
}

function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('Run '));
  return lines.at(-1)?.trim() ?? 'it does not say why';
}
