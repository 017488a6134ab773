import type {Command} from '../lib/cli/command.js';
import {FailureBesideCommand, reportOf} from '../lib/cli/exit-status.js';
import {instanceCount, readInstanceCount} from '../lib/cli/operands.js';
import {sayTo} from '../lib/cli/say.js';
import {waitFrom, waitOption} from '../lib/cli/wait-option.js';
import {wishOptions} from '../lib/cli/wish-options.js';
import {acquire as acquireInstances, planFor} from '../lib/operation/acquire.js';
import type {AcquireRequest} from '../lib/operation/cache.js';
import {exhausted} from '../lib/operation/exhausted.js';
import {startCollecting} from '../lib/operation/due.js';
import {parseRequested} from '../lib/operation/import/plan.js';
import {abilityWords, parseWishes} from '../lib/operation/needs.js';
import {openCache} from '../lib/operation/open.js';
import {resolveSource} from '../lib/operation/resolve.js';

export const acquire: Command = {
  name: 'acquire',
  kind: 'porcelain',
  summary: 'get instances of a source, for as long as you need them',
  description: [
    'Acquires COUNT instances (1 unless given), whole or not at all, and prints their names, one a line. Cached instances are taken first; what is missing is provisioned. Each is checked before it is given out.',
    'Where the limit of the source is reached, acquire ends at once with status 12 and says who holds the instances; with --wait it waits for its turn, first come, first served. A count that could never be had is refused at once.',
    'An import is under its own path in the instance unless REMOTE says where; one that begins with no slash is from the home directory there. It is bound where the type of the instance can do that, and copied otherwise. With rw, changes of a bound one are changes of the directory itself, and those of a copy are written back at release. Of an overlay nothing comes back. All of it is told by crcache-imports(7).',
    'With -l, only sources count whose labels= has the label, or that stand on such a source; of several labels an instance has all, its own or those of what it stands on. A cached instance of another kind is discarded where the limit leaves no other room.',
    `With --need, only sources count whose instances can do that, or that stand on such a source: ${abilityWords.join(', ')}. More isolation than is asked for will do. crcache list-sources --json says what those of each source can do.`,
    'Where the names cannot be written, all is given back, and the status is 1, or 141 where who would read them has gone.',
    'A lease lasts until release, until --ttl has passed or until the process of --for-pid is gone. Without these it never ends by itself.',
  ],
  operands: [instanceCount],
  options: [
    {
      name: 'one-line',
      short: '1',
      summary: 'print the names on one line, with blanks between them',
    },
    waitOption,
    ...wishOptions,
    {name: 'ttl', value: 'DURATION', summary: 'end the lease after this time'},
    {name: 'for-pid', value: 'PID', summary: 'end the lease when this process is gone'},
    {
      name: 'import',
      value: 'LOCAL[:REMOTE][:ro|rw][:bind|copy|rsync|overlay]',
      repeats: true,
      summary: 'make a directory of this machine visible in the instances until they are released',
    },
    {name: 'dry-run', short: 'n', summary: 'only print what would be taken and made'},
  ],
  examples: [
    {line: 'crcache acquire', means: 'one instance of the default source'},
    {
      line: 'crcache acquire -s build 4 --wait=10m',
      means: 'four of them, or status 12 after ten minutes',
    },
    {
      line: 'crcache acquire -s build -l arch=arm64',
      means: 'one of a pool, from a source of it that has labels=arch=arm64',
    },
    {
      line: 'crcache acquire -s build --need isolation=root,reset',
      means: 'one with files of its own, which are as new each time',
    },
    {
      line: 'name=$(crcache acquire --for-pid $$)',
      means: 'one that comes back by itself when this shell ends',
    },
  ],
  seeAlso: ['crcache-source.conf(5)', 'crcache-imports(7)'],
  async run(context, args) {
    const say = sayTo(context);
    const cache = openCache(context, say);
    const source = resolveSource(cache, args.value('source'));
    const request: AcquireRequest = {
      source: source.name,
      count: readInstanceCount(acquire, args),
      wishes: parseWishes(args.values('label'), args.values('need')),
      ...waitFrom(context, args),
      ttlMs: args.duration('ttl', {least: 1}),
      forPid: args.count('for-pid', 1),
      imports: parseRequested(args.values('import')),
    };
    const {count, wishes} = request;
    if (args.has('dry-run')) {
      const plan = planFor(cache, request);
      if (plan.kind === 'refuse')
        throw exhausted(cache, source, {refusal: plan.why, count, wishes});
      const lines = [
        ...plan.discard.map((name) => `discard ${name}`),
        ...plan.take.map((name) => `take ${name}`),
        ...(plan.make > 0 ? [`make ${String(plan.make)}`] : []),
      ];
      await context.stdout.write(lines.map((line) => `${line}\n`).join(''));
      return undefined;
    }
    const acquired = await acquireInstances(cache, request);
    try {
      await context.stdout.write(`${acquired.names.join(args.has('one-line') ? ' ' : '\n')}\n`);
    } catch (error) {
      await acquired.giveBack();
      // Nobody has got the names, also where that is no failure of a command that only tells something.
      throw new FailureBesideCommand(error, reportOf(error).status);
    }
    context.step('acquire:printed');
    acquired.confirm();
    await startCollecting(cache, source);
    return undefined;
  },
};
