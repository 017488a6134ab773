// The image that an instance is made from: one that the engine has, or one that is made of a tree of files.
//
// That of a golden tree is made once for all instances, and known by what the tree was then. That of what a command line
// has made, and that of a checkpoint, are an instance's own, and go with it.

import {CrcacheError} from '../../errors.js';
import {readText, writeWhole} from '../../files.js';
import {removeTree} from '../../trees.js';
import {idOf, prefixOf} from '../ids.js';
import {fillByLine} from '../tree/by-line.js';
import {askEngine, tellEngine, type Engine} from './engine.js';
import type {SourceFacts} from '../source.js';
import type {Container, ContainerInstance} from './keys.js';

/** Sees to it that there is the image that a new instance is made from. */
export async function prepareImage(instance: ContainerInstance, engine: Engine): Promise<void> {
  const {image, rootfs, provision_command: line} = instance.settings;
  if (line !== undefined) await makeByLine(instance, engine, line);
  else if (rootfs !== undefined) await makeOfGolden(instance, engine, rootfs);
  else noteImage(instance, image ?? '');
}

/** Notes what an instance as it is now is made from: the engine keeps that. */
export async function keepImage(instance: ContainerInstance, engine: Engine): Promise<void> {
  const own = ownImage(instance, 'checkpoint');
  noteImage(instance, own);
  await tellEngine(instance, engine, ['commit', idOf(instance), own]);
}

/** What an instance is made from, and to which its reset brings it back. */
export function imageOf(instance: ContainerInstance): string {
  return readText(fileOf(instance)) ?? instance.settings.image ?? '';
}

/** Removes the images that are an instance's own. */
export async function removeImages(instance: ContainerInstance, engine: Engine): Promise<void> {
  const own = kinds.map((kind) => ownImage(instance, kind));
  const noted = readText(fileOf(instance));
  if (noted === undefined || own.includes(noted))
    await askEngine(instance, engine, ['rmi', '--force', ...own]);
}

/** The ids of instances that have images of their own. */
export async function ownersOfImages(
  source: SourceFacts<Container>,
  engine: Engine,
): Promise<string[]> {
  const format = '{{.Repository}}:{{.Tag}}';
  const images = await tellEngine(source, engine, ['images', '--format', format]);
  const prefix = prefixOf(source.storeId);
  const starts = kinds.map((kind) => `${prefix}${kind}:`);
  return images.split('\n').flatMap((line) => {
    const image = line.replace(/^localhost\//, '');
    const start = starts.find((each) => image.startsWith(each));
    return start === undefined ? [] : [`${prefix}${image.slice(start.length)}`];
  });
}

/** It is noted before there is such an image: whatever was being made when its maker was killed is removed. */
function noteImage(instance: ContainerInstance, image: string): void {
  writeWhole(fileOf(instance), image);
}

function fileOf({directory}: ContainerInstance): string {
  return `${directory}/image`;
}

/** What an instance's own image is of. */
const kinds = ['checkpoint', 'made'] as const;

/** The part before the colon must be in small letters. */
function ownImage(
  {storeId, name, incarnation}: ContainerInstance,
  kind: (typeof kinds)[number],
): string {
  return `${prefixOf(storeId)}${kind}:${name}-${incarnation}`;
}

async function makeByLine(
  instance: ContainerInstance,
  engine: Engine,
  line: string,
): Promise<void> {
  const root = `${instance.directory}/root`;
  await fillByLine(instance, line, root);
  await importOwn(instance, engine, root);
  removeTree(root);
}

async function makeOfGolden(
  instance: ContainerInstance,
  engine: Engine,
  rootfs: string,
): Promise<void> {
  const told = await instance.surroundings.askTool('sh', ['-c', stamping, rootfs]);
  const [, hash] = /^([0-9a-f]{40})/.exec(told.stdout) ?? [];
  if (told.status !== 0 || hash === undefined) {
    throw new CrcacheError('usage', `'rootfs=${rootfs}' cannot be read: ${told.stderr.trim()}`);
  }
  const image = `${prefixOf(instance.storeId)}golden:${hash}`;
  const known = await askEngine(instance, engine, ['image', 'inspect', image]);
  if (known.status !== 0) {
    // What several make at once, the last of them keeps; each is made under a name of its own first.
    const own = await importOwn(instance, engine, rootfs);
    await tellEngine(instance, engine, ['tag', own, image]);
    await askEngine(instance, engine, ['rmi', own]);
  }
  noteImage(instance, image);
}

/** What tells one state of a tree, or an archive, from another. */
const stamping = `stamps=$(find -H "$0" -printf '%y %m %U %G %s %C@ %l %P\\n') || exit
printf '%s\\n%s\\n' "$0" "$stamps" | LC_ALL=C sort | sha1sum`;

/** Makes an instance's own image of a tree or an archive; the value is its name. */
async function importOwn(
  instance: ContainerInstance,
  engine: Engine,
  from: string,
): Promise<string> {
  const own = ownImage(instance, 'made');
  noteImage(instance, own);
  await instance.surroundings.runTool('sh', ['-c', importing, engine, from, own]);
  return own;
}

/** An image of half a tree is none. With an ordinary user's podman there may be nobody but root, who is that user. */
const importing = `owner=--numeric-owner
[ "$0" != podman ] || [ "$(id -u)" = 0 ] || owner='--owner=0 --group=0'
pack() {
  if [ -d "$1" ]; then tar -C "$1" --one-file-system $owner --xattrs -c .; return; fi
  case $1 in *.zst) zstd -dc -- "$1" ;; *) cat -- "$1" ;; esac
}
status=$({ { pack "$1" 3>&-; echo $? >&3; } | "$0" import - "$2" >/dev/null 3>&-; } 3>&1) || exit
[ "$status" = 0 ] || { "$0" rmi "$2" >/dev/null; exit 1; }`;
