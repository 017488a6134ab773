// What is listed in a table (commands, types) is evaluated when more is asked of it than what it is listed by: a command asks
// for itself, and for the types that are configured. In the bundle, as in
//
//   import {gc} from './gc.js';   ->   const gc = {name: 'gc', ..., __proto__: rest, load: () => require('./gc.js').gc};
//
// each is an object that has what it is listed by, and looks for the rest where that is. test/bench/README.md has what it saves.

import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import * as esbuild from 'esbuild';

const tables = {'cmd/table.ts': 'commands', 'lib/source/registry.ts': 'types'};
const listedBy = ['name', 'aliases', 'kind', 'summary'];
const importLine = /^import \{(?:(\w+) as )?(\w+)\} from '(\.\/[-\w]+)\.js';$/gm;

export const deferred = {
  name: 'deferred',
  setup(build) {
    build.onLoad({filter: /\/(table|registry)\.ts$/}, async ({path: file}) => {
      const table = path.relative('.', file);
      return table in tables ? {contents: await defer(table), loader: 'ts'} : undefined;
    });
  },
};

async function defer(table) {
  const listed = await listedIn(table);
  const parts = new Set([...listed.values()].flatMap(Object.keys));
  const rest = [...parts]
    .filter((part) => !listedBy.includes(part))
    .map((part) => `get ${part}() { return this.load().${part}; }`);
  const code = readFileSync(table, 'utf8').replaceAll(importLine, (line, ...groups) => {
    const [exported, name, file] = groups;
    if (!listed.has(name)) return line;
    const known = listedBy.map((part) => `${part}: ${JSON.stringify(listed.get(name)[part])}`);
    const load = `() => require('${file}.js').${exported ?? name}`;
    return `const ${name}: any = {${known.join()}, __proto__: rest, load: ${load}};`;
  });
  return `const rest = {${rest.join()}};\n${code}`;
}

/** What the table lists, by the names that it has there. */
async function listedIn(table) {
  const lines = [...readFileSync(table, 'utf8').matchAll(importLine)].map(
    ([, exported, name, file]) => `export {${exported ?? name} as ${name}} from '${file}.js';`,
  );
  const {outputFiles} = await esbuild.build({
    stdin: {
      contents: `${lines.join('\n')} export {${tables[table]} as table} from './${path.basename(table, '.ts')}.js';`,
      resolveDir: path.dirname(table),
    },
    bundle: true,
    platform: 'node',
    packages: 'external',
    define: {'import.meta.url': '__filename', 'import.meta.dirname': '__dirname'},
    write: false,
  });
  const module = {exports: {}};
  const run = new Function('module', 'require', '__filename', '__dirname', outputFiles[0].text);
  run(module, createRequire(import.meta.url), import.meta.filename, import.meta.dirname);
  const {table: list, ...named} = module.exports;
  return new Map(Object.entries(named).filter(([, value]) => list.includes(value)));
}
