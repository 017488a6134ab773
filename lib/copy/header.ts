// One block of 512 bytes that describes a file in an archive, read and written.

import {ArchiveProblem, blockSize, type Entry, type EntryType} from './entry.js';

export interface Header {
  readonly flag: string;
  readonly type: EntryType;
  readonly path: string;
  readonly link: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly device: readonly [number, number];
  readonly block: Buffer;
}

const types: Readonly<Record<string, EntryType>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  S: 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
  // descriptions of the file that follows
  L: 'file',
  K: 'file',
  x: 'file',
  g: 'file',
};

const flags: Readonly<Record<EntryType, string>> = {
  file: '0',
  link: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
};

const zero = Buffer.alloc(blockSize);

export function isZero(block: Buffer): boolean {
  return block[0] === 0 && block.equals(zero);
}

/** The bytes up to the first NUL, a character each. */
export function bytesOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end === -1 ? bytes.length : end);
}

export function readHeader(block: Buffer): Header {
  if (readNumber(block, 148, 8) !== checksumOf(block)) {
    throw new ArchiveProblem('the stream is no tar archive, or a damaged one');
  }
  const flag = String.fromCharCode(block[156] ?? 0);
  const name = bytesOf(block.subarray(0, 100));
  // GNU tar has other things where ustar has the beginning of long names.
  const isUstar = block[257] === 0x75 && block[262] === 0;
  const prefix = isUstar ? bytesOf(block.subarray(345, 500)) : '';
  const path = prefix === '' ? name : `${prefix}/${name}`;
  const type = types[flag];
  if (type === undefined) throw new ArchiveProblem(`is of an unknown kind, '${flag}'`, path);
  return {
    flag,
    type: type === 'file' && path.endsWith('/') ? 'directory' : type,
    path,
    link: bytesOf(block.subarray(157, 257)),
    mode: readNumber(block, 100, 8) & 0o7777,
    uid: readNumber(block, 108, 8),
    gid: readNumber(block, 116, 8),
    size: readNumber(block, 124, 12),
    mtime: readNumber(block, 136, 12),
    device: [readNumber(block, 329, 8), readNumber(block, 337, 8)],
    block,
  };
}

/** The bytes that describe an entry: what has no place in a header of ustar precedes it as GNU tar has it. */
export function writeHeader(entry: Entry): Buffer {
  const path = entry.type === 'directory' ? `${entry.path}/` : entry.path;
  const blocks: Buffer[] = [];
  if (path.length > 100) blocks.push(...description('L', Buffer.from(`${path}\0`, 'latin1')));
  if (entry.link.length > 100) {
    blocks.push(...description('K', Buffer.from(`${entry.link}\0`, 'latin1')));
  }
  const flag = entry.sparse === undefined ? flags[entry.type] : 'S';
  const block = headerBlock(entry, path, flag);
  if (entry.sparse === undefined) {
    // GNU tar looks for the map of a sparse file where the kind of archive has it.
    if (entry.pax.size > 0) block.write('ustar\x0000', 257, 'latin1');
    return Buffer.concat([...blocks, seal(block)]);
  }
  entry.sparse.copy(block, 386, 0, 109);
  return Buffer.concat([...blocks, seal(block), entry.sparse.subarray(109)]);
}

/** What precedes a header to say more of its file. */
export function description(flag: string, bytes: Buffer): readonly Buffer[] {
  const entry = {mode: 0o644, uid: 0, gid: 0, mtime: 0, device: [0, 0], link: ''} as const;
  const block = headerBlock({...entry, size: bytes.length}, '././@LongLink', flag);
  const padding = (blockSize - (bytes.length % blockSize)) % blockSize;
  return [seal(block), bytes, Buffer.alloc(padding)];
}

function headerBlock(
  entry: Pick<Entry, 'mode' | 'uid' | 'gid' | 'size' | 'mtime' | 'link' | 'device'>,
  path: string,
  flag: string,
): Buffer {
  const block = Buffer.alloc(blockSize);
  block.write(path.slice(0, 100), 0, 'latin1');
  writeNumber(block, entry.mode, [100, 8]);
  writeNumber(block, entry.uid, [108, 8]);
  writeNumber(block, entry.gid, [116, 8]);
  writeNumber(block, entry.size, [124, 12]);
  writeNumber(block, Math.floor(entry.mtime), [136, 12]);
  block.write(flag, 156, 'latin1');
  block.write(entry.link.slice(0, 100), 157, 'latin1');
  block.write('ustar  \0', 257, 'latin1');
  writeNumber(block, entry.device[0], [329, 8]);
  writeNumber(block, entry.device[1], [337, 8]);
  return block;
}

function seal(block: Buffer): Buffer {
  block.write(`${checksumOf(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** The sum of a header's bytes, its own place counted as blanks. */
function checksumOf(block: Buffer): number {
  let sum = 8 * 32;
  for (let index = 0; index < 148; index++) sum += block[index] ?? 0;
  for (let index = 156; index < blockSize; index++) sum += block[index] ?? 0;
  return sum;
}

/** A number in octal digits or, where its first bit is set, in base 256; NaN where it is neither. */
function readNumber(block: Buffer, offset: number, length: number): number {
  const first = block[offset] ?? 0;
  if (first >= 0x80) return readBinary(block.subarray(offset, offset + length));
  let value = 0;
  for (let index = offset; index < offset + length; index++) {
    const byte = block[index] ?? 0;
    if (byte >= 0x30 && byte <= 0x37) value = value * 8 + byte - 0x30;
    else if (byte !== 0x20 && byte !== 0) return NaN;
  }
  return value;
}

function readBinary(bytes: Buffer): number {
  const isNegative = bytes[0] === 0xff;
  let value = isNegative ? -1 : (bytes[0] ?? 0) & 0x7f;
  for (const byte of bytes.subarray(1)) value = value * 256 + byte;
  return value;
}

function writeNumber(block: Buffer, value: number, [offset, length]: [number, number]): void {
  const digits = value.toString(8);
  if (value >= 0 && digits.length < length) {
    block.write(digits.padStart(length - 1, '0'), offset, 'latin1');
    return;
  }
  let rest = BigInt(value);
  for (let index = offset + length - 1; index > offset; index--) {
    block[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  block[offset] = value < 0 ? 0xff : 0x80;
}
