// The programs that run containers, docker and podman: which one it is, and what it is asked.

import {CrcacheError} from '../../errors.js';
import type {Ask, SourceFacts, ToolAnswer} from '../source.js';
import type {Container, ContainerInstance} from './keys.js';

const engines = ['docker', 'podman'] as const;

export type Engine = (typeof engines)[number];

/** What an engine may take to answer while it does something else, and to say that it is there. */
export const timeoutMs = 120_000;
const helloSeconds = 10;

/** The engine of a new instance. */
export async function chooseEngine({settings, surroundings}: ContainerInstance): Promise<Engine> {
  return settings.engine === 'auto' ? findEngine(surroundings.askTool) : settings.engine;
}

/** The engine that an instance is made by, which is noted before it asks that for anything; undefined: it never did. */
export function notedEngine({handle}: ContainerInstance): Engine | undefined {
  return engines.find((each) => each === handle['engine']);
}

/** The engine of an instance that is made. */
export function engineOf(instance: ContainerInstance): Engine {
  const noted = notedEngine(instance);
  if (noted !== undefined) return noted;
  throw new CrcacheError('failed', `nobody knows which engine runs '${instance.name}'`);
}

/** All engines that a source's instances may be in, and that answer. */
export async function enginesOf(source: SourceFacts<Container>): Promise<readonly Engine[]> {
  const {settings, surroundings} = source;
  if (settings.engine !== 'auto') return [settings.engine];
  const silences = await Promise.all(engines.map((each) => silenceOf(each, surroundings.askTool)));
  const answering = engines.filter((_, index) => silences[index] === undefined);
  if (answering.length === 0) throw noneAnswers(silences);
  return answering;
}

/** The first engine that answers. */
export async function findEngine(ask: Ask): Promise<Engine> {
  const silences: (string | undefined)[] = [];
  for (const each of engines) {
    const silence = await silenceOf(each, ask);
    if (silence === undefined) return each;
    silences.push(silence);
  }
  throw noneAnswers(silences);
}

/** Why an engine does not answer; undefined where it does. */
async function silenceOf(engine: Engine, ask: Ask): Promise<string | undefined> {
  const seconds = String(helloSeconds);
  const {status, stderr} = await ask('timeout', ['-s', 'KILL', seconds, engine, 'info']);
  if (status === 0) return undefined;
  if (status === 127) return `${engine}: there is no such program`;
  if (status === 137) return `${engine}: nothing within ${seconds} s`;
  return `${engine}: ${lastLine(stderr)}`;
}

function noneAnswers(silences: readonly (string | undefined)[]): CrcacheError {
  return new CrcacheError(
    'failed',
    `no engine answers: ${silences.join('; ')}`,
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
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !isAdvice.test(line));
  return lines.at(-1)?.trim() ?? 'it does not say why';
}

/** What follows the reason where an engine does not know an option. */
const isAdvice = /^(Run|See|Usage:) /;
