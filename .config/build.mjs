// Builds the program into `dist/`:
//   crcache.cjs    one bundle with everything in it
//   crcache.cache  what V8 compiled of it, so that a start compiles nothing
//   main.cjs       puts the two together; without a cache that fits this node it is merely slower
// With --tests it also translates the sources, file by file, into `.build/`, where tests run.

import {execFileSync} from 'node:child_process';
import {chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
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

const loader = `'use strict';
const fs = require('node:fs');
const vm = require('node:vm');
const filename = __dirname + '/crcache.cjs';
const cache = __dirname + '/crcache.cache';
const source = '(function(exports,require,module,__filename,__dirname){' + fs.readFileSync(filename, 'latin1') + '\\n})';
const cachedData = fs.existsSync(cache) ? fs.readFileSync(cache) : undefined;
const script = new vm.Script(source, {filename, cachedData, importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER});
script.runInThisContext()(exports, require, module, filename, __dirname);
if (process.env.CRCACHE_WRITE_CODE_CACHE) {
  process.on('exit', () => fs.writeFileSync(cache, script.createCachedData()));
}
`;

await buildProgram();
if (process.argv.includes('--tests')) await buildTests();

async function buildProgram() {
  rmSync('dist', {recursive: true, force: true});
  await esbuild.build({
    entryPoints: ['cmd/main.ts'],
    outfile: 'dist/crcache.cjs',
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minifySyntax: true,
    minifyWhitespace: true,
    charset: 'ascii',
    // graceful-fs has the interface of fs, and takes 5 ms to wait out limits that we do not reach.
    alias: {'graceful-fs': 'node:fs'},
    plugins: [yargsParserAlone],
    define: {'import.meta.url': 'bundleUrl'},
    banner: {js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;"},
    logLevel: 'warning',
  });
  writeFileSync('dist/main.cjs', loader);
  execFileSync(process.execPath, ['dist/main.cjs', 'help'], {
    env: {...process.env, CRCACHE_WRITE_CODE_CACHE: '1'},
    stdio: 'ignore',
  });
  chmodSync('dist/crcache.cache', 0o644); // the program's umask is 077
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
