import type {Command} from '../lib/cli/command.js';
import {copyMannerOf, excludeOption, preserveOption} from '../lib/cli/copy-options.js';
import {sayTo} from '../lib/cli/say.js';
import {openCache} from '../lib/operation/open.js';

export const unpackFilesCommand: Command = {
  name: 'unpack-files',
  kind: 'plumbing',
  summary: 'put the files of a tar stream on stdin into a directory of this machine',
  description: [
    'The stream is not trusted, as cp trusts none that comes out of an instance: names that lead outside of DIR, or through symlinks, end it; devices are left out and setuid bits dropped unless -p is given.',
    'What arrives is unpacked beside its destination and renamed when all of it is there: a stream that is cut off leaves DIR as it was. DIR is made where there is none.',
  ],
  operands: [{name: 'DIR', completes: 'directory', summary: 'where to put them'}],
  options: [preserveOption, excludeOption],
  examples: [{line: 'crcache unpack-files out <build.tar', means: 'all that is in a file'}],
  seeAlso: ['crcache-cp(1)', 'crcache-pack-files(1)'],
  async run(context, args) {
    const {unpackFiles} = await import('../lib/operation/copy/pack.js');
    const [directory = ''] = args.operands;
    await unpackFiles(openCache(context, sayTo(context)), directory, copyMannerOf(args));
    return undefined;
  },
};
