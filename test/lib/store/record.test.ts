import * as assert from 'uvu/assert';
import {CrcacheError} from '../../../lib/errors.js';
import {formatFacts, parseFacts, readFacts, writeFacts} from '../../../lib/store/record.js';
import {suite} from '../../helpers/suite.js';

const test = suite('records');

test('reads back what it writes, whatever is in a value', (t) => {
  const facts = {id: 'a', command: "make 'x=y' z=1 = =", cwd: '/tmp/ü b', empty: ''};
  writeFacts(`${t.dir}/file`, facts);
  assert.equal(readFacts(`${t.dir}/file`), facts);
});

test('does not let a line break in a value forge a line', () => {
  assert.is(formatFacts({command: 'a\nholder=root\r\nb'}), 'command=a holder=root b\n');
});

test('knows of no facts where there is no file', (t) => {
  assert.is(readFacts(`${t.dir}/none`), undefined);
});

for (const text of ['rubbish\n', '=x\n', 'a=b\nrubbish', 'a=\0\n']) {
  test(`names the file that it cannot read: ${JSON.stringify(text)}`, () => {
    try {
      parseFacts(text, '/state/lease');
      assert.unreachable();
    } catch (error) {
      assert.instance(error, CrcacheError);
      const {kind, message, hint} = error as CrcacheError;
      assert.is(kind, 'damaged');
      assert.match(message, /^cannot read '\/state\/lease': not KEY=VALUE: /);
      assert.is(hint, 'crcache fsck');
    }
  });
}
