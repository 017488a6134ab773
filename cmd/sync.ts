import type {Command} from '../lib/cli/command.js';
import {
  copyMannerOf,
  dereferenceOption,
  excludeOption,
  preserveOption,
} from '../lib/cli/copy-options.js';
import {openCache} from '../lib/operation/open.js';

export const sync: Command = {
  name: 'sync',
  kind: 'porcelain',
  summary: 'make a directory in an instance like one here, or the reverse',
  description: [
    'TO becomes what FROM is; one of them at least is NAME:DIR, in an instance. TO is made where there is none. What differs in kind, size or time is sent, and with --checksum what differs in content, which the programs of either side find out by sha256sum; what differs in mode alone is set. What TO has besides stays, unless --delete is given. Excluded files stay in any case, and so do the directories that hold them.',
    'Where both sides have rsync, it sends only the changed parts of files into an instance. All else is moved as cp does it: whole files, which appear when all is there. What comes out of an instance always is, for rsync would trust the other side: only what was listed comes, and as what it was listed. The result is the same.',
    'What fails on its way, as where a disk is full, leaves each file as it was or as it is to be: by rsync, those stay that had arrived by then, and the next sync goes on from there; as cp moves them, none has appeared. A directory of which more than 128 MiB are told, more than a million of usual names, is an error.',
    'What was done is said in one line on stderr; with -v or --dry-run each name is printed, too.',
  ],
  operands: [
    {name: 'FROM', completes: 'file', summary: 'the directory as it is to be'},
    {name: 'TO', completes: 'file', summary: 'the directory that becomes like it'},
  ],
  options: [
    {name: 'delete', summary: 'remove what TO has and FROM has not'},
    {name: 'checksum', short: 'c', summary: 'compare files of one size by their content'},
    {name: 'dry-run', short: 'n', summary: 'print what would be done, and do nothing'},
    preserveOption,
    dereferenceOption,
    excludeOption,
  ],
  examples: [
    {line: 'crcache sync --delete src pool-0:/srv/src', means: 'what was edited here'},
    {line: 'crcache sync pool-0:/srv/out out', means: 'what was built there'},
  ],
  async run(context, args) {
    const {ByteProgress} = await import('../lib/cli/byte-progress.js');
    const {parseSide} = await import('../lib/operation/copy/side.js');
    const {checkSync, describeSync, listSync} =
      await import('../lib/operation/copy/sync-report.js');
    const {syncTrees} = await import('../lib/operation/copy/sync.js');
    const progress = new ByteProgress(context);
    const cache = openCache(context, progress.say);
    const [source = '', destination = ''] = args.operands;
    const isDry = args.has('dry-run');
    const plan = await syncTrees(cache, {
      source: parseSide(source),
      destination: parseSide(destination),
      deletes: args.has('delete'),
      isByContent: args.has('checksum'),
      isDry,
      ...copyMannerOf(args),
      watcher: progress.watcher,
    }).finally(progress.clear);
    if (isDry || context.isVerbose) await context.stdout.write(listSync(plan));
    cache.say(describeSync(plan, isDry));
    checkSync(plan);
    return undefined;
  },
};
