import type {Command} from '../lib/cli/command.js';
import {sayTo} from '../lib/cli/say.js';
import {collect, collectAlone} from '../lib/operation/collect.js';
import {failWith} from '../lib/operation/fail-with.js';
import {openCache} from '../lib/operation/open.js';

export const gc: Command = {
  name: 'gc',
  kind: 'porcelain',
  summary: 'do what time or a crash has made due',
  description: [
    'Finishes or undoes what processes left that are gone, ends leases that have run out or whose process is gone, discards instances that exceed the reserve, are too old, were used too often or are of a changed configuration, fills reserves, and discards what a backend has under our id and no record knows. What cannot be judged from here (processes of another host, or of another pid namespace of this one, as in a container) is left alone, and a listing that fails deletes nothing.',
    'Commands that acquire and release start it in the background when something is due, so that it need not be called. Where nothing is acquired or released for long, a crontab or a timer does it, as the samples below show.',
    "A crontab starts it with a short PATH and without what your shell sets. Where crcache or a tool that your sources need is elsewhere than in /usr/bin or /bin, or where CRCACHE_DIR, CRCACHE_CONFIG, XDG_CACHE_HOME or XDG_CONFIG_HOME say where its files are, set these in lines of their own at the head of the crontab, or by Environment= in the service. A user's timer runs as long as the user is logged in; 'loginctl enable-linger' lets it run always.",
    "What such a process holds is held until gc runs where it ran. Where that will never be, because the host was renamed or is lost, or the container was removed, --force-host takes all processes of that host for dead; with this host's own name, those of all its other pid namespaces. Only you can know that none of them is alive: what it works on would be taken from it. crcache explain and crcache fsck -v name such processes, their host and their pid namespace.",
    'With -s only the given source is looked at, and those that its instances stand on.',
    'Prints a line for each thing it did. What fails is told, keeps it from nothing else, and makes the status 1.',
  ],
  operands: [],
  options: [
    {name: 'dry-run', short: 'n', summary: 'only print what would be done'},
    {
      name: 'force-host',
      value: 'HOST',
      summary: 'take processes of HOST that cannot be judged from here for dead',
    },
    {name: 'auto', summary: 'end at once, and without a word, if another gc --auto is at work'},
  ],
  examples: [
    {line: 'crcache gc --dry-run', means: 'what is due'},
    {line: 'crcache gc', means: 'do it'},
    {line: 'crcache gc --force-host oldname', means: 'the same, after this host was renamed'},
  ],
  samples: [
    {
      means: 'a line for crontab -e, which looks every five minutes',
      line: '*/5 * * * *  crcache gc -q',
    },
    {
      means: 'the same by systemd: ~/.config/systemd/user/crcache-gc.service',
      line: [
        '[Unit]',
        'Description=Do what is due to the instances of crcache',
        '',
        '[Service]',
        'Type=oneshot',
        'ExecStart=/usr/bin/env crcache gc -q',
      ].join('\n'),
    },
    {
      means:
        'and ~/.config/systemd/user/crcache-gc.timer, which systemctl --user enable --now crcache-gc.timer starts',
      line: [
        '[Unit]',
        'Description=Look after the instances of crcache',
        '',
        '[Timer]',
        'OnBootSec=5min',
        'OnUnitActiveSec=5min',
        '',
        '[Install]',
        'WantedBy=timers.target',
      ].join('\n'),
    },
  ],
  seeAlso: ['crcache-source.conf(5)', 'crcache-store(5)'],
  async run(context, args) {
    const cache = openCache(context, sayTo(context));
    const deadHost = args.value('force-host');
    const {workshop} = cache.around;
    if (deadHost !== undefined) workshop.giveUp(deadHost);
    const request = {isDryRun: args.has('dry-run'), source: args.value('source')};
    const {lines, failures} = args.has('auto')
      ? await collectAlone(cache, request)
      : await collect(cache, request);
    if (deadHost !== undefined && !workshop.hasGivenUp) {
      cache.say(
        `nothing is held by a process of host '${deadHost}' that cannot be judged from here`,
      );
      cache.say('hint: crcache fsck -v names such hosts');
    }
    if (!context.isQuiet) await context.stdout.write(lines.map((line) => `${line}\n`).join(''));
    failWith(cache, failures);
    return undefined;
  },
};
