import type {Command} from '../lib/cli/command.js';
import {anyInstancesInUse} from '../lib/cli/operands.js';
import {sayTo} from '../lib/cli/say.js';
import {jobFields} from '../lib/operation/job/fields.js';
import {openCache} from '../lib/operation/open.js';
import {ageOf} from '../lib/output/age.js';
import {toJson} from '../lib/output/records.js';
import {renderTable} from '../lib/output/table.js';
import {describeFields, toObject} from '../lib/output/value.js';

export const jobs: Command = {
  name: 'jobs',
  kind: 'porcelain',
  summary: 'list jobs: commands that run on in instances',
  description: [
    'Prints a table of the jobs of these instances, or of all; inside of crcache with --streams it also says which stream each is of. A job runs, has ended, or is lost: its instance does not answer, or it was killed with all that could have written how it ended.',
    describeFields(jobFields),
  ],
  operands: [anyInstancesInUse],
  options: [{name: 'json', summary: 'print JSON'}],
  examples: [{line: 'crcache jobs --json build-0', means: 'those of an instance, for a program'}],
  seeAlso: ['crcache-run(1)', 'crcache-streams(7)'],
  async run(context, args) {
    const {findSession} = await import('../lib/operation/stream/session.js');
    const {lookAtAll} = await import('../lib/operation/job/look.js');
    const cache = openCache(context, sayTo(context));
    const views = await lookAtAll(cache, args.operands);
    if (args.has('json')) {
      await context.stdout.write(toJson(views.map((view) => toObject(jobFields, view))));
      return undefined;
    }
    const now = context.now();
    // A stream's instance has a name that tells nobody anything.
    const isInStreams = findSession(cache) !== undefined;
    const titles = isInStreams ? ['stream', 'job'] : ['job'];
    const columns = [...titles, 'state', 'age', 'command'].map((title) => ({title}));
    const rows = views.map(({job, stream, state, status, started, argv}) => [
      ...(isInStreams ? [stream === undefined ? '' : `:${stream}`] : []),
      job.name,
      status === undefined ? state : `${state} (${String(status)})`,
      ageOf(started, now) ?? '',
      argv.join(' '),
    ]);
    await context.stdout.write(renderTable(columns, rows));
    return undefined;
  },
};
