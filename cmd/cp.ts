import type {Command} from '../lib/cli/command.js';
import {
  copyMannerOf,
  dereferenceOption,
  excludeOption,
  preserveOption,
} from '../lib/cli/copy-options.js';
import {writeArchive} from '../lib/cli/stream-output.js';
import {CrcacheError} from '../lib/errors.js';
import {openCache} from '../lib/operation/open.js';

export const cp: Command = {
  name: 'cp',
  aliases: ['copy'],
  kind: 'porcelain',
  summary: 'copy files into an instance, out of it, or to another one',
  description: [
    "A side is NAME:PATH, a PATH of this machine, or '-', a tar stream from stdin, or to stdout where that is no terminal. As with scp, a word with a colon before any slash is in an instance: ./a:b is a file of this machine. A relative PATH is one from where commands run in the instance.",
    'Directories are copied whole, with modes, times, symlinks, hard links and sparse files. What exists, or ends in a slash, means what it means to cp: files are put into a directory that exists, a symlink with a slash after it is the directory that it leads to, and a name that ends in `/.` stands for what is in that directory. Owners are who receives the files; with -p, as root, they are kept, and so are attributes, devices and setuid bits. A file or directory that loses such a bit is named.',
    'A file appears whole or not at all: what arrives is unpacked beside its destination and renamed when all of it is there. A symlink in the place of a file is replaced, not written through; a file that is a mount, as /etc/hosts in a container, is written to. What a copy that was killed has left there goes with the next one into the same directory. A file that becomes shorter on its way ends the copy. Whatever is missing is named, sockets too, and the status is not 0. On a terminal a line tells how much has come, unless -q is given.',
    'An instance is not trusted: what comes out of it is looked at before anything is made of it. Names that were not asked for, or lead outside of the destination, or through symlinks, end the copy; devices are left out and setuid bits dropped unless -p is given.',
    'Without a PATH, as in `crcache cp FILE... NAME:`, the files are put into a new directory of the instance that only its user may enter. Its path is printed, and it is removed when the instance is released.',
    'An instance needs a sh, and tar; where there is none, on either side, files are moved one by one by cat and what else there is (mkdir, mv, ln, chmod, touch), and hard links become files. With sh and cat alone a file is written where it is to be, and is not whole at once.',
  ],
  operands: [
    {name: 'FROM', repeats: true, completes: 'file', summary: 'what to copy'},
    {name: 'TO', completes: 'file', summary: 'where to'},
  ],
  options: [
    preserveOption,
    dereferenceOption,
    excludeOption,
    {
      name: 'link',
      summary: 'make hard links instead, where the instance shares a file system with this machine',
    },
    {
      name: 'symlink',
      summary: 'make symlinks instead, where the instance sees the files of this machine',
    },
  ],
  examples: [
    {line: 'crcache cp build.tar.gz pool-0:/tmp/', means: 'a file into an instance'},
    {line: 'crcache cp pool-0:/var/log .', means: 'a directory out of it'},
    {line: 'crcache cp build-0:/srv/out test-0:/srv/in', means: 'from one instance to another'},
    {line: 'crcache cp pool-0:/etc - | tar t', means: 'as a tar stream'},
  ],
  seeAlso: ['crcache-pack-files(1)', 'crcache-unpack-files(1)'],
  async run(context, args) {
    const {ByteProgress} = await import('../lib/cli/byte-progress.js');
    const {copyFiles} = await import('../lib/operation/copy/copy.js');
    const {parseSide} = await import('../lib/operation/copy/side.js');
    const words = args.operands;
    if (args.has('link') && args.has('symlink')) {
      throw new CrcacheError('usage', "options '--link' and '--symlink' contradict each other");
    }
    const progress = new ByteProgress(context);
    const cache = openCache(context, progress.say);
    const destination = parseSide(words.at(-1) ?? '');
    const copy = (): Promise<string | undefined> =>
      copyFiles(cache, {
        sources: words.slice(0, -1).map(parseSide),
        destination,
        ...copyMannerOf(args),
        links: args.has('link') ? 'link' : args.has('symlink') ? 'symlink' : undefined,
        watcher: progress.watcher,
      }).finally(progress.clear);
    const made = await (destination.kind === 'stream' ? writeArchive(context, copy) : copy());
    if (made !== undefined) await context.stdout.write(`${made}\n`);
    return undefined;
  },
};
