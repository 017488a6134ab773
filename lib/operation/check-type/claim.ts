// What a claim is: something that every type must do, or must do where it says that it can.

import type {Answer} from '../../exec.js';
import type {Trial} from './trial.js';

/** Something that is not tried here, and why; or that is not claimed. */
export class Untried {
  readonly why: string;
  readonly result: 'not tried' | 'not claimed';

  constructor(why: string, result: Untried['result'] = 'not tried') {
    this.why = why;
    this.result = result;
  }
}

/** What was seen instead of what was claimed; undefined where it holds. */
export type Seen = string | Untried | undefined;

export interface Claim {
  readonly words: string;
  readonly isWrong: (trial: Trial) => Seen | Promise<Seen>;
  /** Whether the type says so at all; unless given, it must. */
  readonly isClaimed?: (trial: Trial) => boolean;
  /** The words of claims without which this one tells nothing; `basis` unless given. */
  readonly restsOn?: readonly string[];
  /** Whether it begins with no instance; unless this is true, one is in use. */
  readonly isAlone?: boolean;
  /** Whether it takes so long that it may be left out. */
  readonly isLong?: boolean;
}

/** What most claims rest on. */
export const basis = 'arguments arrive as they are';

/** How an answer differs from what was wished for, or undefined. */
export function differs(answer: Answer, wished: Partial<Answer>): string | undefined {
  const wrong = Object.entries({status: 0, ...wished}).find(
    ([key, value]) => answer[key as keyof Answer] !== value,
  );
  if (wrong === undefined) return undefined;
  const [key, value] = wrong;
  const seen = brief(answer[key as keyof Answer]);
  const said = key === 'status' && answer.stderr !== '' ? `: ${lastLine(answer.stderr)}` : '';
  return `${key} is ${seen}, not ${brief(value)}${said}`;
}

/** Why a call of crcache failed, or undefined; where no more instances can be had, it cannot be tried. */
export function refusal({status, stderr}: Answer): Seen {
  if (status === 0) return undefined;
  const last = lastLine(stderr.replace(/^hint: .*\n?/gm, ''));
  const said = last === '' ? `it ended with status ${String(status)}, and said nothing` : last;
  return status === exhausted ? new Untried(said) : said;
}

const exhausted = 12;

/** What was seen, and when. */
export function after(what: string, seen: Seen): Seen {
  return typeof seen === 'string' ? `${what}: ${seen}` : seen;
}

function brief(value: string | number): string {
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

/** What is there still, or undefined where nothing is. */
export function leftIn(things: readonly {readonly name: string}[]): string | undefined {
  const names = [...new Set(things.map(({name}) => name))];
  return names.length === 0 ? undefined : `${names.join(', ')} is there still`;
}
