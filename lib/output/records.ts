// A listing for programs: JSON, records by a format, or one name a line.

import {parseFormat, type Piece} from './format.js';
import {safe} from './safe.js';
import {textOf, toObject, type Fields} from './value.js';

export interface Listing<Item> {
  readonly fields: Fields<Item>;
  /** What each record shows; the name unless given. */
  readonly format: string | undefined;
  readonly isJson: boolean;
  /** Records end with NUL, and values are as they are; otherwise they end with a newline, and none is inside. */
  readonly isNulEnded: boolean;
}

/** A function that makes the text of a listing; wrong usage at once where the format is wrong. */
export function listingOf<Item>(listing: Listing<Item>): (items: readonly Item[]) => string {
  const {fields, format = '%(name)', isJson, isNulEnded} = listing;
  const pieces = parseFormat(format, fields);
  if (isJson) return (items) => toJson(items.map((item) => toObject(fields, item)));
  const end = isNulEnded ? '\0' : '\n';
  const show = isNulEnded ? (text: string) => text : safe;
  const shown = (piece: Piece, item: Item): string =>
    'text' in piece ? piece.text : show(textOf(fields[piece.key]?.read(item) ?? null));
  return (items) =>
    items.map((item) => pieces.map((piece) => shown(piece, item)).join('') + end).join('');
}

export function toJson(data: unknown): string {
  return `${JSON.stringify(data, undefined, 2)}\n`;
}
