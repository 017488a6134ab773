// Titles in what people read: bold where that can be seen.

import {mayColour, type Context} from './context.js';

/** How a title is written. */
export type Title = (text: string) => string;

export const plainTitle: Title = (text) => text;

/** Bold on a terminal that may be coloured, plain everywhere else. */
export function titleFor(context: Context): Title {
  if (!mayColour(context, context.stdout)) return plainTitle;
  return (text) => `\u001b[1m${text}\u001b[0m`;
}
