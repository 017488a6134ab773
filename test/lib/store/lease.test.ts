import * as assert from 'uvu/assert';
import {CrcacheError} from '../../../lib/errors.js';
import {readLease, whyEnded, writeLease, type Lease} from '../../../lib/store/lease.js';
import {Workshop} from '../../../lib/store/worker.js';
import {suite} from '../../helpers/suite.js';

const test = suite('leases');

const workshop = new Workshop(process.pid);
const lease: Lease = {
  id: 'abc',
  holder: 'ann',
  host: 'here',
  user: 'ann',
  command: 'crcache acquire',
  cwd: '/',
  since: '2026-01-02T00:00:00Z',
};
const fateOf = workshop.fateOf.bind(workshop);
const now = new Date('2026-01-02T12:00:00Z');
const anHourOn = '2026-01-02T13:00:00Z';

test('reads back what it writes', (t) => {
  for (const each of [lease, {...lease, until: anHourOn}, {...lease, forProcess: workshop.self}]) {
    writeLease(t.dir, each);
    assert.equal(readLease(t.dir), each);
  }
});

test('has none where there is no file', (t) => {
  assert.is(readLease(t.dir), undefined);
});

for (const text of [
  '',
  'rubbish',
  'id=abc\nholder=ann\n',
  'id=a\nholder=b\nhost=c\nuser=d\ncommand=e\ncwd=f\nsince=g\nuntil=never\n',
  'id=a\nholder=b\nhost=c\nuser=d\ncommand=e\ncwd=f\nsince=g\nfor-pid=12\n',
]) {
  test(`names the file that is no lease: ${JSON.stringify(text)}`, (t) => {
    t.write('lease', text);
    try {
      readLease(t.dir);
      assert.unreachable();
    } catch (error) {
      assert.instance(error, CrcacheError);
      assert.match((error as CrcacheError).message, `cannot read '${t.dir}/lease'`);
    }
  });
}

test('never ends by itself without a time or a process', () => {
  assert.is(whyEnded(lease, new Date('2099-01-01'), fateOf), undefined);
});

test('ends at its time, and not before', () => {
  const until = anHourOn;
  assert.is(whyEnded({...lease, until}, now, fateOf), undefined);
  assert.match(
    whyEnded({...lease, until}, new Date(until), fateOf) ?? '',
    /ended at 2026-01-02T13/,
  );
});

test('lasts longer, and is not lost, where the clock was set back by a day', () => {
  const yesterday = new Date(now.getTime() - 86_400_000);
  assert.is(whyEnded({...lease, until: anHourOn}, yesterday, fateOf), undefined);
});

test('ends with its process, on this host alone', () => {
  const gone = {...workshop.self, start: '1'};
  assert.is(whyEnded({...lease, forProcess: workshop.self}, now, fateOf), undefined);
  assert.match(whyEnded({...lease, forProcess: gone}, now, fateOf) ?? '', /is gone/);
  const elsewhere = {...gone, host: 'elsewhere'};
  assert.is(whyEnded({...lease, forProcess: elsewhere}, now, fateOf), undefined);
});
