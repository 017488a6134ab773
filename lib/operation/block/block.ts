// A block of code: what a command is where it is not one of the instance's own. It becomes a command of the instance,
// with its files copied in and its parameters in the environment.

import {readPart, type Data} from '../../config/structured.js';
import {CrcacheError} from '../../errors.js';
import {isDirectory, isExecutable, orUndefined, statOf} from '../../files.js';
import {openReader} from '../../pieces.js';
import type {Cache} from '../cache.js';
import type {RunRequest} from '../run.js';
import {isSharingFiles} from '../shares-files.js';
import {bringIn, bringText} from './bring-in.js';
import type {Block} from './parts.js';
import {variablesOf} from './variables.js';

/** What of a command it is told of. */
export type BlockRequest = Pick<RunRequest, 'instance' | 'user' | 'block' | 'words' | 'settings'>;

/** The request with the block as its command. All of the block is checked before anything is copied. */
export async function withBlock<Request extends BlockRequest>(
  cache: Cache,
  request: Request,
): Promise<Request> {
  const {block} = request;
  if (block === undefined) return request;
  const params = await checkBlock(cache, {block, words: request.words});
  const place = new Place(cache, request);
  const paths = await place.bringAll(block.paths ?? []);
  const words = [...(await commandOf(block, place)), ...request.words];
  const settings = [
    ...(paths.length === 0 ? [] : [`PYTHONPATH=${paths.join(':')}`]),
    ...(params === undefined ? [] : variablesOf(params)),
    ...(params === undefined ? [] : [`CRCACHE_PARAMS=${await place.write(params)}`]),
  ];
  return {
    ...request,
    block: undefined,
    words,
    settings: [...settings, ...(request.settings ?? [])],
  };
}

/** Fails where something of it is not there; the value is its parameters. */
export async function checkBlock(
  cache: Cache,
  {block, words}: {block: Block; words: readonly string[]},
): Promise<Data | undefined> {
  const {cwd} = cache.caller;
  const {script, python = '-c', node, paths = [], params} = block;
  const files = [script, python.startsWith('-') ? undefined : python, node];
  for (const file of files.filter((each) => each !== undefined)) {
    if (statOf(whole(cwd, file))?.isFile() !== true) {
      throw new CrcacheError('usage', `there is no file '${file}'`);
    }
  }
  if (script !== undefined) checkScript(whole(cwd, script), script);
  if (python.startsWith('-') && !['-m', '-c'].includes(python)) {
    throw new CrcacheError('usage', `'${python}' is no file: --python wants FILE, -m or -c`);
  }
  if (python.startsWith('-') && block.python !== undefined && words.length === 0) {
    const what = python === '-m' ? 'a module' : 'code';
    throw new CrcacheError('usage', `'--python ${python}' wants ${what} after the instance`);
  }
  for (const path of paths) {
    if (isDirectory(whole(cwd, path))) continue;
    throw new CrcacheError('usage', `there is no directory '${path}'`);
  }
  return params === undefined ? undefined : (await readPart(params, cwd)).data;
}

function checkScript(path: string, name: string): void {
  if (!isExecutable(path)) {
    throw new CrcacheError('usage', `'${name}' cannot be executed`, `chmod +x '${name}'`);
  }
  const reader = orUndefined(() => openReader(path), 'EACCES');
  if (reader === undefined) throw new CrcacheError('usage', `'${name}' cannot be read`);
  const start = reader.read(0, 256).toString('latin1');
  reader.close();
  // The kernel takes the carriage return for a part of the interpreter's name.
  if (/^#![^\n]*\r\n/.test(start)) {
    const message = `'${name}' cannot be executed: its first line ends in a carriage return`;
    throw new CrcacheError('usage', message, `sed -i 's/\\r$//' '${name}'`);
  }
}

async function commandOf({script, python, node}: Block, place: Place): Promise<string[]> {
  if (script !== undefined) return [await place.bring(script)];
  if (node !== undefined) return ['node', await place.bring(node)];
  if (python === undefined) return [];
  return ['python3', python.startsWith('-') ? python : await place.bring(python)];
}

const whole = (cwd: string, file: string): string =>
  file.startsWith('/') ? file : `${cwd}/${file}`;

/** Where the block's files are found by who runs it. */
class Place {
  readonly #cache: Cache;
  readonly #request: BlockRequest;
  readonly #shares: boolean;

  constructor(cache: Cache, request: BlockRequest) {
    this.#cache = cache;
    this.#request = request;
    this.#shares = isSharingFiles(cache, request.instance).shares;
  }

  async bring(file: string): Promise<string> {
    const path = whole(this.#cache.caller.cwd, file);
    return this.#shares ? path : bringIn(this.#cache, this.#request, path);
  }

  async bringAll(files: readonly string[]): Promise<string[]> {
    const places: string[] = [];
    for (const file of files) places.push(await this.bring(file));
    return places;
  }

  write(params: Data): Promise<string> {
    const text = `${JSON.stringify(params)}\n`;
    return bringText(this.#cache, this.#request, {name: 'params.json', text});
  }
}
