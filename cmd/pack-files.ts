import type {Command} from '../lib/cli/command.js';
import {
  copyMannerOf,
  dereferenceOption,
  excludeOption,
  preserveOption,
} from '../lib/cli/copy-options.js';
import {sayTo} from '../lib/cli/say.js';
import {writeArchive} from '../lib/cli/stream-output.js';
import {openCache} from '../lib/operation/open.js';

export const packFilesCommand: Command = {
  name: 'pack-files',
  kind: 'plumbing',
  summary: 'write files of this machine to stdout, as a tar stream',
  description: [
    'The stream is one that every tar reads, and goes to no terminal. Directories are packed whole; each PATH arrives under its last name, and one that ends in `/.` stands for what is in that directory.',
    'Whatever is missing is named, and the status is not 0; the rest is in the stream.',
  ],
  operands: [{name: 'PATH', repeats: true, completes: 'file', summary: 'what to pack'}],
  options: [preserveOption, dereferenceOption, excludeOption],
  examples: [{line: 'crcache pack-files src Makefile >build.tar', means: 'two of them, in a file'}],
  seeAlso: ['crcache-cp(1)', 'crcache-unpack-files(1)'],
  async run(context, args) {
    const {packFiles} = await import('../lib/operation/copy/pack.js');
    await writeArchive(context, () =>
      packFiles(openCache(context, sayTo(context)), args.operands, copyMannerOf(args)),
    );
    return undefined;
  },
};
