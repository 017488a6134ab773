// Words of a command line as strings that lose nothing. A word may hold any byte but NUL; what is not UTF-8 in it
// stands in the string as half a surrogate pair, U+DC80 to U+DCFF, which no text holds, and becomes that byte again.

import {isUtf8} from 'node:buffer';

/** Bytes as a string; `encodeBytes` gives them back. */
export function decodeBytes(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString();
  let text = '';
  for (let start = 0; start < bytes.length;) {
    const length = [1, 2, 3, 4].find((each) => isWhole(bytes.subarray(start, start + each), each));
    text +=
      length === undefined
        ? String.fromCharCode(0xdc00 + (bytes[start] ?? 0))
        : bytes.toString('utf8', start, start + length);
    start += length ?? 1;
  }
  return text;
}

/** The bytes that a string stands for. */
export function encodeBytes(text: string): Buffer {
  // A pattern with 'u' finds only halves that stand alone.
  const parts = text.split(/([\udc80-\udcff])/u);
  return Buffer.concat(
    parts.map((part, index) =>
      index % 2 === 0 ? Buffer.from(part) : Buffer.of(part.charCodeAt(0) - 0xdc00),
    ),
  );
}

/** Whether all of a string is text. */
export function isText(text: string): boolean {
  return !/[\udc80-\udcff]/u.test(text);
}

function isWhole(bytes: Buffer, length: number): boolean {
  return bytes.length === length && isUtf8(bytes);
}
