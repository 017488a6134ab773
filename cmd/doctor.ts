import type {Command} from '../lib/cli/command.js';
import {exitStatus} from '../lib/cli/exit-status.js';
import {sayTo} from '../lib/cli/say.js';
import type {Diagnosis} from '../lib/operation/doctor.js';
import {openCache} from '../lib/operation/open.js';
import {toJson} from '../lib/output/records.js';
import {safe} from '../lib/output/safe.js';

export const doctor: Command = {
  name: 'doctor',
  kind: 'porcelain',
  summary: 'check that all is there that crcache needs',
  description: [
    'Says who you are to crcache, which configuration roots and which state directory it uses (sudo may change both), and whether these and the programs that it needs are as they should be. Each line begins with ok, note or bad; what to do about it stands below. It tells of each type whether the programs that it calls are here, and which package has them. It changes nothing. Its status is 1 where anything is bad, else 0.',
    'With --json it prints a list of objects with the keys is, subject, words and hint.',
  ],
  operands: [
    {
      name: 'TYPE',
      optional: true,
      completes: 'type',
      summary: 'look only at what this type needs',
    },
  ],
  options: [{name: 'json', summary: 'print JSON'}],
  examples: [
    {line: 'crcache doctor', means: 'is all as it should be'},
    {line: 'sudo crcache doctor', means: 'what root would use'},
    {line: 'crcache doctor chroot', means: 'can this machine have chroots'},
  ],
  async run(context, args) {
    const {diagnose} = await import('../lib/operation/doctor.js');
    const cache = openCache(context, sayTo(context));
    const {uid, version} = context;
    const found = await diagnose({cache, uid, version, type: args.operands[0]});
    const isJson = args.has('json');
    await context.stdout.write(isJson ? toJson(found) : found.map(toText).join(''));
    return found.some(({is}) => is === 'bad') ? exitStatus.failed : undefined;
  },
};

function toText({is, subject, words, hint}: Diagnosis): string {
  const below = hint === undefined ? '' : `${' '.repeat(6)}hint: ${safe(hint)}\n`;
  return `${is.padEnd(6)}${subject}: ${safe(words)}\n${below}`;
}
