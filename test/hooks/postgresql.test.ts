import {chmodSync, cpSync, existsSync, readFileSync} from 'node:fs';
import * as assert from 'uvu/assert';
import {startTimeOf} from '../../lib/processes.js';
import {configure, succeed} from '../helpers/configured.js';
import {hooks, runTwice} from '../helpers/ready-made.js';
import {suite} from '../helpers/suite.js';

const test = suite('hooks of a PostgreSQL server');

test(
  'postgresql runs a server for as long as an instance is allocated',
  {timeLimitMs: 120_000},
  async (t) => {
    t.needs('run-parts', 'psql', 'setpriv');
    await succeed(t, 'acquire -s local');
    // The server's own user goes through it.
    chmodSync(t.dir, 0o755);
    const place = `${t.dir}/pg`;
    const env = {PLACE: place};
    const query = async (sql: string): Promise<string> => {
      const words = ['-h', place, '-U', 'postgres', '-XAtqc', sql];
      const {stdout, stderr} = await t.run('psql', words);
      assert.is(stderr, '');
      return stdout.trim();
    };
    await runTwice(t, 'postgresql/allocate.d', {env});
    const pid = Number(readFileSync(`${place}/data/postmaster.pid`, 'utf8').split('\n')[0]);
    await query('create table notes as select 7 as number');
    assert.is(await query('select number from notes'), '7');
    await runTwice(t, 'postgresql/allocate.d', {env});
    assert.is(await query('select number from notes'), '7', 'a server that runs is left alone');
    assert.is(
      await query(
        "select count(*) from pg_settings where name = 'listen_addresses' and setting = ''",
      ),
      '1',
    );
    await runTwice(t, 'postgresql/release.d', {env});
    assert.is(existsSync(place), false);
    assert.is(startTimeOf(pid), undefined, 'the server is gone');
  },
);

test(
  'its server outlives the hook, serves commands in the instance, and is gone after release',
  {timeLimitMs: 120_000},
  async (t) => {
    t.needs('run-parts', 'psql', 'setpriv');
    configure(t, 'box', 'type=sim');
    const directory = `${t.dir}/config/sources/box`;
    for (const phase of ['allocate.d', 'release.d'])
      cpSync(`${hooks}/postgresql/${phase}`, `${directory}/${phase}`, {recursive: true});
    chmodSync(t.dir, 0o755);
    t.env['PLACE'] = `${t.dir}/pg`;
    t.env['PGHOST'] = `${t.dir}/pg`;
    t.env['PGUSER'] = 'postgres';
    await succeed(t, 'acquire -s box');
    const pid = Number(readFileSync(`${t.dir}/pg/data/postmaster.pid`, 'utf8').split('\n')[0]);
    assert.is(await succeed(t, 'run box-0 psql -XAtqc select(7)'), '7\n');
    await succeed(t, 'release box-0');
    assert.is(existsSync(`${t.dir}/pg`), false);
    assert.is(startTimeOf(pid), undefined);
  },
);
