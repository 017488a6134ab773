// `npm run man`: writes the manual page of every command into man/, and removes those of commands that are gone.

import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {commands} from '../../cmd/table.js';
import {renderMan} from '../../lib/cli/man.js';

const {version} = JSON.parse(readFileSync('package.json', 'utf8')) as {version: string};

const old = readdirSync('man').filter((name) => /^crcache-.*\.1$/.test(name));
for (const name of old) rmSync(`man/${name}`);
for (const command of commands) {
  writeFileSync(`man/crcache-${command.name}.1`, renderMan(command, {version, commands}));
}
