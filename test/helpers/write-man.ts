// `npm run man`: writes the manual page of every command and that of source.conf into man/, removes those of commands that are gone,
// and lists all pages in package.json. (npm installs pages that are listed; 'directories.man' does not do it.)

import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {commands} from '../../cmd/table.js';
import {renderMan} from '../../lib/cli/man.js';
import {renderSourceConf} from '../../lib/cli/man-source-conf.js';
import {types} from '../../lib/source/registry.js';

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {version: string};

const old = readdirSync('man').filter((name) => /^crcache-.*\.1$/.test(name));
for (const name of old) rmSync(`man/${name}`);
for (const command of commands) {
  const page = renderMan(command, {version: manifest.version, commands});
  writeFileSync(`man/crcache-${command.name}.1`, page);
}
writeFileSync('man/crcache-source.conf.5', renderSourceConf(types, manifest.version));
const man = readdirSync('man').map((page) => `man/${page}`);
writeFileSync('package.json', `${JSON.stringify({...manifest, man: man.sort()}, undefined, 2)}\n`);
