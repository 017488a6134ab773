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
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
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
 * graceful-fs has the interface of fs, and takes 5 ms to wait out limits that we do not reach. proper-lockfile, which is
 * always given the calls that it makes, has no use for it at all. fs-extra copies whatever is enumerable: without the
 * getters, which load node's streams, that takes 3 ms less.
 */
const plainFs = {
  name: 'plain-fs',
  setup(build) {
    build.onResolve({filter: /^graceful-fs$/}, ({importer}) =>
      importer.includes('proper-lockfile')
        ? {path: 'node:fs', external: true}
        : {path: 'plain-fs', namespace: 'plain-fs'},
    );
    build.onLoad({filter: /.*/, namespace: 'plain-fs'}, () => ({
      contents: `
        const properties = Object.getOwnPropertyDescriptors(require('node:fs'));
        for (const property of Object.values(properties)) property.enumerable &&= property.get === undefined;
        module.exports = Object.defineProperties({}, properties);
      `,
    }));
  },
};

/**
 * signal-exit removes locks when a signal ends the process. None is held while a signal can be heard, since a decision
 * does not wait; and to listen for 17 signals takes 1 ms.
 */
const noSignalExit = {
  name: 'no-signal-exit',
  setup(build) {
    build.onResolve({filter: /^signal-exit$/}, ({importer}) =>
      importer.includes('proper-lockfile')
        ? {path: 'signal-exit', namespace: 'no-signal-exit'}
        : undefined,
    );
    build.onLoad({filter: /.*/, namespace: 'no-signal-exit'}, () => ({
      contents: 'module.exports = () => () => undefined;',
    }));
  },
};

/** Node's module takes 1 ms to load, and what is made by its createRequire is seldom called. */
const lateModule = {
  name: 'late-module',
  setup(build) {
    build.onResolve({filter: /^(node:)?module$/}, ({namespace}) =>
      namespace === 'late-module'
        ? {path: 'node:module', external: true}
        : {path: 'node:module', namespace: 'late-module'},
    );
    build.onLoad({filter: /.*/, namespace: 'late-module'}, () => ({
      contents: `
        exports.createRequire = (from) => (id) => require('node:module').createRequire(from)(id);
      `,
    }));
  },
};

/** Packages that few commands need have bundles of their own: a start does not read them. */
const onDemand = /^(execa|fs-extra|yaml)$/;
const packagesOnDemand = {
  name: 'packages-on-demand',
  setup(build) {
    build.onResolve({filter: onDemand}, async ({path: name}) => {
      await esbuild.build({
        ...common,
        entryPoints: [name],
        outfile: `dist/${name}.cjs`,
        plugins: [plainFs],
      });
      return {path: `./${name}.cjs`, external: true};
    });
  },
};

/** The library finds them beside itself. */
const packagesBeside = {
  name: 'packages-beside',
  setup(build) {
    build.onResolve({filter: onDemand}, ({path: name}) => ({
      path: `./${name}.cjs`,
      external: true,
    }));
  },
};

/** The files of ours that the program loads by import(). */
async function findLateFiles() {
  const {metafile} = await esbuild.build({
    ...program,
    entryPoints: ['cmd/main.ts'],
    write: false,
    metafile: true,
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  const late = imports.filter(({kind, external}) => kind === 'dynamic-import' && !external);
  return [...new Set(late.map(({path: file}) => file))].sort();
}

/** Late files are members of the rest: `import('./a.js')` becomes `import('./rest.cjs#part0')`. */
function restFrom(lateFiles) {
  return {
    name: 'rest',
    setup(build) {
      build.onResolve({filter: /^\./}, ({kind, resolveDir, path: name}) => {
        if (kind !== 'dynamic-import') return undefined;
        const file = path.relative('.', path.resolve(resolveDir, name)).replace(/\.js$/, '.ts');
        return {path: `./rest.cjs#part${lateFiles.indexOf(file)}`, external: true};
      });
      build.onResolve({filter: /^rest$/}, () => ({path: 'rest', namespace: 'rest'}));
      build.onLoad({filter: /.*/, namespace: 'rest'}, () => ({
        contents: lateFiles.map((file, n) => `export * as part${n} from './${file}';`).join('\n'),
        resolveDir: '.',
      }));
    },
  };
}

/** Files that esbuild has in memory; what `elsewhere` has is required from there, as are other bundles. */
function filesInMemory(files, elsewhere = {}) {
  return {
    name: 'files-in-memory',
    setup(build) {
      build.onResolve({filter: /^\.\/.*\.js$/}, ({path: name}) =>
        name in elsewhere
          ? {path: elsewhere[name], external: true}
          : {path: name, namespace: 'memory'},
      );
      build.onResolve({filter: /\.cjs(#|$)/}, ({path: name}) => ({path: name, external: true}));
      build.onLoad({filter: /.*/, namespace: 'memory'}, ({path: name}) => ({
        contents: files.get(name),
      }));
    },
  };
}

/** esbuild copies all properties of a module whose default is asked for, one by one; to inherit them takes no time. */
function inherit(code) {
  return code.replaceAll(
    /__toESM\(require\("(node:[a-z]+)"\),1\)/g,
    (_, name) => `({__proto__:require("${name}"),default:require("${name}")})`,
  );
}

/** What was imported as `rest.cjs#part0` is a member of what that exports. */
function pickMembers(code) {
  return code.replaceAll(
    /__toESM\(require\("\.\/rest\.cjs#(part[0-9]+)"\)(?:,1)?\)/g,
    (_, part) => `require("./rest.cjs").${part}`,
  );
}

/** What CommonJS gives to a module. */
function asFunction(code) {
  return `(function(exports,require,module,__filename,__dirname){${code}\n})`;
}

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

const program = {
  ...common,
  format: 'esm',
  outdir: 'dist',
  // All that asks for it is createRequire, which takes a path as well and 1 ms less.
  define: {'import.meta.url': '__filename'},
  plugins: [yargsParserAlone, plainFs, noSignalExit, lateModule, packagesOnDemand],
};

/**
 * Command lines of the commands that are called most, in an order in which each can do its work. What V8 compiled for
 * one of them is its cache; other commands begin with that of the first.
 */
const warmUps = ['help', 'acquire', 'status', 'list-instances', 'release local-0', 'gc'];

const loader = `'use strict';
const fs = require('node:fs');
const vm = require('node:vm');
const filename = __dirname + '/crcache.cjs';
const cached = ${JSON.stringify(warmUps.map((line) => line.split(' ')[0]))};
const command = process.argv.slice(2).find((word) => cached.includes(word)) ?? cached[0];
const cache = __dirname + '/cache/' + command;
// One buffer for both files, and no text that is put together: each page of memory that is new takes its time.
let buffer = Buffer.allocUnsafeSlow(${String(2 ** 19)});
const read = (path) => {
  const file = fs.openSync(path);
  const {size} = fs.fstatSync(file);
  if (buffer.length < size) buffer = Buffer.allocUnsafeSlow(size);
  const length = fs.readSync(file, buffer, 0, size, 0);
  fs.closeSync(file);
  return buffer.subarray(0, length);
};
const source = read(filename).latin1Slice();
const cachedData = fs.existsSync(cache) ? read(cache) : undefined;
const script = new vm.Script(source, {filename, cachedData});
const bundle = {exports};
script.runInThisContext()(exports, require, bundle, filename, __dirname);
module.exports = bundle.exports; // the rest takes from it what it has in common with the program
if (require.main === module) bundle.exports.runToEnd();
else module.exports.script = script;
`;

/** V8 takes a cache only where its flags are those of the launcher. */
const flags = readFileSync('cmd/crcache', 'utf8').match(/--min-semi-space-size=[0-9]+/);

/** Runs the commands that are called most, for the caches to hold what each needs, and writes them. */
async function writeCodeCaches() {
  const sandbox = mkdtempSync(path.join(tmpdir(), 'crcache-build-'));
  const warmUp = `
    const [line] = process.argv.slice(1);
    const words = line.split(' ');
    process.argv = [process.argv[0], 'crcache', ...words];
    const {script, main} = require('./dist/main.cjs');
    main().then(() => require('node:fs').writeFileSync('dist/cache/.' + words[0], script.createCachedData()));`;
  mkdirSync('dist/cache');
  try {
    // What is measured and called in loops finds an instance that was made before.
    for (const line of ['acquire', 'release local-0', ...warmUps]) {
      execFileSync(process.execPath, [...flags, '-e', warmUp, line], {
        env: {PATH: process.env.PATH, HOME: sandbox},
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    }
  } finally {
    rmSync(sandbox, {recursive: true});
  }
  for (const [name] of warmUps.map((line) => line.split(' '))) {
    chmodSync(`dist/cache/.${name}`, 0o644); // the program's umask is 077
    renameSync(`dist/cache/.${name}`, `dist/cache/${name}`);
  }
}

await buildProgram();
if (process.argv.includes('--tests')) await buildTests();

async function buildProgram() {
  rmSync('dist', {recursive: true, force: true});
  await buildBundles();
  await esbuild.build({
    ...common,
    entryPoints: ['lib/index.ts'],
    outfile: 'dist/index.cjs',
    define: {'import.meta.url': '__filename', 'import.meta.dirname': '__dirname'},
    plugins: [plainFs, noSignalExit, packagesBeside],
  });
  writeFileSync('dist/main.cjs', loader);
  await writeCodeCaches();
}

/** The program and the rest are taken apart as ES modules, which esbuild can split, and made CommonJS then. */
async function buildBundles() {
  const {outputFiles} = await esbuild.build({
    ...program,
    plugins: [restFrom(await findLateFiles()), ...program.plugins],
    entryPoints: {main: 'cmd/main.ts', rest: 'rest'},
    splitting: true,
    write: false,
  });
  const files = new Map(outputFiles.map((file) => [`./${path.basename(file.path)}`, file.text]));
  const shared = [...files.keys()].find((name) => name.startsWith('./chunk-'));
  const [, wanted] = /import\{([^}]*)\}from"\.\/chunk-/.exec(files.get('./rest.js'));
  const names = wanted.split(',').map((name) => name.split(' as ')[0]);
  const whole = `export * from './main.js'; export {${names.join()}} from '${shared}';`;
  files.set('./program.js', whole);
  const [bundle, rest] = await Promise.all([
    bundleOf('./program.js', filesInMemory(files)),
    bundleOf('./rest.js', filesInMemory(files, {[shared]: './main.cjs'})),
  ]);
  writeFileSync('dist/crcache.cjs', asFunction(inherit(bundle)));
  writeFileSync('dist/rest.cjs', rest);
}

async function bundleOf(entry, plugin) {
  const {outputFiles} = await esbuild.build({
    ...common,
    entryPoints: [entry],
    write: false,
    supported: {'dynamic-import': false},
    plugins: [plugin],
  });
  return pickMembers(outputFiles[0].text);
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
