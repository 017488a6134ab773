import type {Command} from '../lib/cli/command.js';
import {exitStatus} from '../lib/cli/exit-status.js';
import {sayTo} from '../lib/cli/say.js';
import type {Finding} from '../lib/operation/fsck.js';
import {openCache} from '../lib/operation/open.js';

export const fsck: Command = {
  name: 'fsck',
  kind: 'porcelain',
  summary: 'check the state directory, and mend it',
  description: [
    'Reads all of the state directory, or what belongs to the source given by -s, and prints what is not as it should be: a line that begins with the path, and below it what mends that. It changes nothing, takes no lock, and may run beside any other command. Its status is 14 where anything is found, else 0. Without findings it prints nothing.',
    "With --repair it mends what can be mended without losing anything, says what it mended, and looks again; its status is 14 where anything remains. What it cannot understand it moves to 'lost-found' in the state directory, under the path that it had; instances that are in no state are put into 'broken'; an instance in use without a lease gets one whose holder is 'unknown'; what dead processes left is finished or undone, as by gc. It takes each source's lock for that.",
    "A copied state directory has the records of instances that belong to the original, and a moved one looks the same. Where it was moved, as to another disk, or came from a backup, and there is no original any more, --moved keeps all that is in it, and writes the run scripts of its instances anew, which name the directory. Of a copy, --repair moves 'sources' to 'lost-found' and gives the directory an id of its own.",
    'With -v it also tells what is no damage: processes of other hosts and pid namespaces, which cannot be judged from here, kept configurations that no instance was made from, and instances above a maximum that was lowered, which nobody gets any more.',
    'With --json it prints an object with the keys repaired and findings, each a list of objects with the keys path, what, mend, repairable (whether --repair mends it) and note (whether it is no damage).',
  ],
  operands: [],
  options: [
    {name: 'repair', summary: 'mend what can be mended without losing anything'},
    {name: 'moved', summary: 'take the directory for the original, which was moved here'},
    {name: 'json', summary: 'print JSON'},
  ],
  examples: [
    {line: 'crcache fsck', means: 'is all as it should be'},
    {line: 'crcache fsck --repair', means: 'mend what can be mended'},
    {line: 'crcache fsck --moved', means: 'keep all instances, after mv or rsync to another disk'},
    {line: 'crcache fsck -s build -v', means: 'all that there is to say of one source'},
  ],
  seeAlso: ['crcache-store(5)'],
  async run(context, args) {
    const {inspect, repair, settle} = await import('../lib/operation/fsck.js');
    const cache = openCache(context, sayTo(context));
    const source = args.value('source');
    if (args.has('moved') && !settle(cache)) {
      cache.say(`state directory '${cache.store.directory}' is where it was made`);
    }
    const {repaired, hasFailed} = args.has('repair')
      ? await repair(cache, source)
      : {repaired: [], hasFailed: false};
    const found = await inspect(cache, source);
    const shown = found.filter(({isNote}) => isNote !== true || context.isVerbose);
    await context.stdout.write(
      args.has('json') ? toJson(repaired, shown) : toText(repaired, shown),
    );
    const isSound = !hasFailed && found.every(({isNote}) => isNote === true);
    return isSound ? undefined : exitStatus.damaged;
  },
};

function toText(repaired: readonly Finding[], found: readonly Finding[]): string {
  const mended = repaired.map(({path, what}) => `mended: ${path}: ${what}\n`);
  const left = found.map(({path, what, mend}) => `${path}: ${what}\n  mend: ${mend}\n`);
  return [...mended, ...left].join('');
}

function toJson(repaired: readonly Finding[], found: readonly Finding[]): string {
  return `${JSON.stringify({repaired: repaired.map(toObject), findings: found.map(toObject)}, undefined, 2)}\n`;
}

function toObject({path, what, mend, repair, isNote = false}: Finding): object {
  return {path, what, mend, repairable: repair !== undefined, note: isNote};
}
