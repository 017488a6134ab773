// Builds the program into `dist/`:
//   crcache.cjs    one bundle with what most commands need
//   rest.cjs       what is loaded by import(), where it is called
//   cache/         what V8 compiled of it for the commands that are called most, so that their start compiles nothing
//   main.cjs       puts the two together; without a cache that fits this node it is merely slower
//   execa.cjs …    packages that few commands need
//   index.cjs      the library
// With --tests it also translates the sources, file by file, into `.build/`, where tests run.

import {execFileSync} from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import * as esbuild from 'esbuild';
import {buildBundles, buildLibrary} from './bundles.mjs';

process.chdir(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..'));

/**
 * Command lines of the commands that are called most, in an order in which each can do its work. What V8 compiled for
 * one of them is its cache; other commands begin with that of the first.
 */
const warmUps = [
  'help',
  'status',
  'list-instances',
  'cp -q ../files local-0:',
  'sync -q ../files local-0:files',
  'release local-0',
  'acquire',
  'release local-0',
  'gc',
];

function nameOf(line) {
  return line.split(' ')[0];
}

/** Each file that a start reads is smaller: files are not asked for their size. */
const largest = 2 ** 20;

const loader = `'use strict';
const fs = require('node:fs');
const vm = require('node:vm');
// One buffer for all files, and no text that is put together: each page of memory that is new takes its time.
const buffer = Buffer.allocUnsafeSlow(${String(largest)});
const read = (path) => {
  const file = fs.openSync(path);
  const length = fs.readSync(file, buffer);
  fs.closeSync(file);
  return buffer.subarray(0, length);
};
const scripts = {};
const load = (name, cacheName) => {
  const filename = __dirname + '/' + name + '.cjs';
  const cache = __dirname + '/cache/' + cacheName;
  const source = read(filename).latin1Slice();
  const cachedData = fs.existsSync(cache) ? read(cache) : undefined;
  const script = (scripts[name] = new vm.Script(source, {filename, cachedData}));
  const bundle = {exports: {}};
  script.runInThisContext()(bundle.exports, requireHere, bundle, filename, __dirname);
  return bundle.exports;
};
let rest;
const requireHere = (id) => (id === './rest.cjs' ? (rest ??= load('rest', 'rest')) : require(id));
const cached = ${JSON.stringify(warmUps.map(nameOf))};
const command = process.argv.slice(2).find((word) => cached.includes(word)) ?? cached[0];
module.exports = load('crcache', command); // the rest takes from it what it has in common with the program
if (require.main === module) module.exports.runToEnd();
else module.exports.scripts = scripts;
`;

/** Runs the commands that are called most, for the caches to hold what each needs, and writes them. */
async function writeCodeCaches() {
  const sandbox = mkdtempSync(path.join(tmpdir(), 'crcache-build-'));
  const warmUp = `
    const [line] = process.argv.slice(1);
    const words = line.split(' ');
    process.argv = [process.argv[0], 'crcache', ...words];
    const {scripts, main} = require('${path.resolve('dist/main.cjs')}');
    main().then(() => {
      const write = (name, script) => require('node:fs').writeFileSync(name, script.createCachedData());
      write(words[0], scripts.crcache);
      if (scripts.rest !== undefined) write('rest', scripts.rest);
    });`;
  const caches = path.join(sandbox, 'caches');
  for (const name of ['caches', 'files']) mkdirSync(path.join(sandbox, name));
  mkdirSync('dist/cache');
  try {
    for (const line of ['acquire', ...warmUps]) {
      execFileSync(process.execPath, ['-e', warmUp, line], {
        cwd: caches,
        env: {PATH: process.env.PATH, HOME: sandbox},
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    }
    for (const name of ['rest', ...warmUps.map(nameOf)]) {
      copyFileSync(path.join(caches, name), `dist/cache/${name}`);
      chmodSync(`dist/cache/${name}`, 0o644); // the program's umask is 077
    }
  } finally {
    rmSync(sandbox, {recursive: true});
  }
}

await buildProgram();
if (process.argv.includes('--tests')) await buildTests();

async function buildProgram() {
  rmSync('dist', {recursive: true, force: true});
  await buildBundles();
  await buildLibrary();
  writeFileSync('dist/main.cjs', loader);
  await writeCodeCaches();
  const read = [
    'crcache.cjs',
    'rest.cjs',
    ...readdirSync('dist/cache').map((name) => `cache/${name}`),
  ];
  const large = read.filter((name) => statSync(`dist/${name}`).size >= largest);
  if (large.length > 0) throw new Error(`the loader has no room for ${large.join(', ')}`);
}

async function buildTests() {
  rmSync('.build', {recursive: true, force: true});
  mkdirSync('.build', {recursive: true});
  const sources = ['cmd', 'lib', 'test'].flatMap((top) =>
    readdirSync(top, {recursive: true})
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path.join(top, file)),
  );
  await esbuild.build({
    entryPoints: sources,
    outdir: '.build',
    outbase: '.',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: 'inline',
    logLevel: 'warning',
  });
}
