// Builds the program into `dist/`:
//   crcache.cjs    one bundle with nearly everything
//   crcache.cache  what V8 compiled of it, so that a start compiles nothing
//   main.cjs       puts the two together; without a cache that fits this node it is merely slower
//   execa.cjs      a package that few commands need
// With --tests it also translates the sources, file by file, into `.build/`, where tests run.

import {execFileSync} from 'node:child_process';
import {chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import * as esbuild from 'esbuild';

process.chdir(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..'));

/** The parser of yargs loads in 2 ms; the rest of yargs, which only its helpers' door pulls in, in 25. */
const yargsParserAlone = {
  name: 'yargs-parser-alone',
  setup(build) {
    build.onResolve({filter: /platform-shims\/esm\.mjs$/}, ({resolveDir, path: file}) => ({
      path: path.resolve(resolveDir, file),
      sideEffects: false,
    }));
  },
};

/**
 * graceful-fs has the interface of fs, and takes 5 ms to wait out limits that we do not reach. fs-extra copies
 * whatever is enumerable: without the getters, which load node's streams, that takes 3 ms less.
 */
const plainFs = {
  name: 'plain-fs',
  setup(build) {
    build.onResolve({filter: /^graceful-fs$/}, () => ({path: 'plain-fs', namespace: 'plain-fs'}));
    build.onLoad({filter: /.*/, namespace: 'plain-fs'}, () => ({
      contents: `
        const properties = Object.getOwnPropertyDescriptors(require('node:fs'));
        for (const property of Object.values(properties)) property.enumerable &&= property.get === undefined;
        module.exports = Object.defineProperties({}, properties);
      `,
    }));
  },
};

/** signal-exit, which proper-lockfile uses, checks one argument by node's assert, and that takes 3 ms to load. */
const noAssert = {
  name: 'no-assert',
  setup(build) {
    build.onResolve({filter: /^assert$/}, () => ({path: 'assert', namespace: 'no-assert'}));
    build.onLoad({filter: /.*/, namespace: 'no-assert'}, () => ({
      contents:
        'exports.equal = (left, right) => { if (left != right) throw new Error(`${left} is not ${right}`); };',
    }));
  },
};

/** What few commands need has a bundle of its own: a start does not read it. */
const packagesOnDemand = {
  name: 'packages-on-demand',
  setup(build) {
    build.onResolve({filter: /^execa$/}, async ({path: name}) => {
      await esbuild.build({...common, entryPoints: [name], outfile: `dist/${name}.cjs`});
      return {path: `./${name}.cjs`, external: true};
    });
  },
};

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  charset: 'ascii',
  logLevel: 'warning',
};

const loader = `'use strict';
const fs = require('node:fs');
const vm = require('node:vm');
const filename = __dirname + '/crcache.cjs';
const cache = __dirname + '/crcache.cache';
const source = '(function(exports,require,module,__filename,__dirname){' + fs.readFileSync(filename, 'latin1') + '\\n})';
const cachedData = fs.existsSync(cache) ? fs.readFileSync(cache) : undefined;
const script = new vm.Script(source, {filename, cachedData});
const bundle = {exports};
script.runInThisContext()(exports, require, bundle, filename, __dirname);
if (require.main === module) bundle.exports.main();
else module.exports = {script, main: bundle.exports.main};
`;

/** Runs the commands that are called most, for the cache to hold what they need, and writes it. */
async function writeCodeCache() {
  const sandbox = mkdtempSync(path.join(tmpdir(), 'crcache-build-'));
  const commandLines = [
    'help',
    'acquire',
    'status',
    'release local-0',
    'acquire',
    'release local-0',
  ];
  const warm = `
    const {script, main} = require('./dist/main.cjs');
    process.argv.length = 2;
    const run = async () => {
      for (const line of ${JSON.stringify(commandLines)}) {
        process.argv = [process.argv[0], 'crcache', ...line.split(' ')];
        await main();
      }
      require('node:fs').writeFileSync('dist/crcache.cache', script.createCachedData());
    };
    run();`;
  try {
    execFileSync(process.execPath, ['-e', warm], {
      env: {PATH: process.env.PATH, HOME: sandbox},
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } finally {
    rmSync(sandbox, {recursive: true});
  }
  chmodSync('dist/crcache.cache', 0o644); // the program's umask is 077
}

await buildProgram();
if (process.argv.includes('--tests')) await buildTests();

async function buildProgram() {
  rmSync('dist', {recursive: true, force: true});
  await esbuild.build({
    ...common,
    entryPoints: ['cmd/main.ts'],
    outfile: 'dist/crcache.cjs',
    supported: {'dynamic-import': false},
    // All that asks for it is createRequire, which takes a path as well and 1 ms less.
    define: {'import.meta.url': '__filename'},
    plugins: [yargsParserAlone, plainFs, noAssert, packagesOnDemand],
  });
  writeFileSync('dist/main.cjs', loader);
  await writeCodeCache();
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
