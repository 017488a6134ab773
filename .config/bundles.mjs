// The bundles of `dist/`: what esbuild is told, so that a start reads, compiles and runs as little as may be.
// test/bench/README.md has what each of it saves.

import {writeFileSync} from 'node:fs';
import path from 'node:path';
import * as esbuild from 'esbuild';
import {deferred} from './deferred.mjs';

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

const program = {
  ...common,
  format: 'esm',
  outdir: 'dist',
  // All that asks for it is createRequire, which takes a path as well and 1 ms less.
  define: {'import.meta.url': '__filename'},
  plugins: [deferred, yargsParserAlone, plainFs, noSignalExit, lateModule, packagesOnDemand],
};

/** The program and the rest are taken apart as ES modules, which esbuild can split, and made CommonJS then. */
export async function buildBundles() {
  const {outputFiles} = await esbuild.build({
    ...program,
    plugins: [restFrom(await findLateFiles()), ...program.plugins],
    entryPoints: {main: 'cmd/main.ts', rest: 'rest'},
    splitting: true,
    write: false,
  });
  const files = new Map(outputFiles.map((file) => [`./${path.basename(file.path)}`, file.text]));
  const [shared, ...others] = [...files.keys()].filter((name) => name.startsWith('./chunk-'));
  // A package that is loaded by import() would be one more: it belongs among those on demand.
  if (others.length > 0) throw new Error(`there is more than one chunk: ${others.join(', ')}`);
  const [, wanted] = /import\{([^}]*)\}from"\.\/chunk-/.exec(files.get('./rest.js'));
  const names = wanted.split(',').map((name) => name.split(' as ')[0]);
  files.set('./program.js', programWith(names, shared));
  const [bundle, rest] = await Promise.all([
    bundleOf('./program.js', filesInMemory(files)),
    bundleOf('./rest.js', filesInMemory(files, {[shared]: './main.cjs'})),
  ]);
  writeFileSync('dist/crcache.cjs', asFunction(bundle));
  writeFileSync('dist/rest.cjs', asFunction(askForShared(rest)));
}

/** The program, and a function for what the rest has in common with it: a start without the rest does not call it. */
function programWith(names, shared) {
  const getters = names.map((name) => `get ${name}() { return ${name}; }`);
  return `export * from './main.js'; import {${names.join()}} from '${shared}'; export const shared = () => ({${getters.join()}});`;
}

async function bundleOf(entry, plugin) {
  const {outputFiles} = await esbuild.build({
    ...common,
    entryPoints: [entry],
    write: false,
    supported: {'dynamic-import': false},
    plugins: [plugin],
  });
  return spareCopies(lateOs(inherit(pickMembers(outputFiles[0].text))));
}

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
  const memberOf = (file) => {
    const n = lateFiles.indexOf(file);
    if (n < 0) throw new Error(`'${file}' is loaded by import(), and was not found before`);
    return `part${n}`;
  };
  return {
    name: 'rest',
    setup(build) {
      build.onResolve({filter: /^\./}, ({kind, resolveDir, path: name}) => {
        if (kind !== 'dynamic-import') return undefined;
        const file = path.relative('.', path.resolve(resolveDir, name)).replace(/\.js$/, '.ts');
        return {path: `./rest.cjs#${memberOf(file)}`, external: true};
      });
      build.onResolve({filter: /^rest$/}, () => ({path: 'rest', namespace: 'rest'}));
      build.onLoad({filter: /.*/, namespace: 'rest'}, () => ({
        contents: lateFiles
          .map((file) => `export * as ${memberOf(file)} from './${file}';`)
          .join('\n'),
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
    /__toESM2?\((require(?:\("node:[a-z]+"\)|_\w+\(\)))(?:,1)?\)/g,
    '({__proto__:$1,default:$1})',
  );
}

/** node:process is the global one, whose module takes a while to load; what a bundle exports needs no copy. */
function spareCopies(code) {
  return code
    .replaceAll('require("node:process")', 'process')
    .replaceAll(/__toCommonJS\((\w+)\)/g, '$1');
}

/** Few commands ask anything of node's os, which takes a while to load. */
function lateOs(code) {
  return code
    .replaceAll(/\b(import_node_os\d*)=require\("node:os"\)/g, '$1=0')
    .replaceAll(/\bimport_node_os\d*\./g, 'require("node:os").');
}

/** What was imported as `rest.cjs#part0` is a member of what that exports. */
function pickMembers(code) {
  return code.replaceAll(
    /__toESM\(require\("\.\/rest\.cjs#(part[0-9]+)"\)(?:,1)?\)/g,
    (_, part) => `require("./rest.cjs").${part}`,
  );
}

/** What the rest has in common with the program is made when it asks for it. */
function askForShared(code) {
  return code.replaceAll(/require\("\.\/main\.cjs"\)/g, (call) => `${call}.shared()`);
}

/** What CommonJS gives to a module. */
function asFunction(code) {
  return `(function(exports,require,module,__filename,__dirname){${code}\n})`;
}

/** The library is one bundle. */
export async function buildLibrary() {
  await esbuild.build({
    ...common,
    entryPoints: ['lib/index.ts'],
    outfile: 'dist/index.cjs',
    define: {'import.meta.url': '__filename', 'import.meta.dirname': '__dirname'},
    plugins: [yargsParserAlone, plainFs, noSignalExit, packagesBeside],
  });
}
