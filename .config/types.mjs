// Writes the types of the library into `types/`: the declarations of lib/index.ts, and of what those mention.

import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import ts from 'typescript';

process.chdir(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..'));
const out = process.argv[2] ?? 'types';

const {config} = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
const {options} = ts.convertCompilerOptionsFromJson(config.compilerOptions, '.');
const program = ts.createProgram(['lib/index.ts'], {
  ...options,
  noEmit: false,
  incremental: false,
  tsBuildInfoFile: undefined,
  declaration: true,
  emitDeclarationOnly: true,
  rootDir: '.',
  outDir: out,
});

rmSync(out, {recursive: true, force: true});
const files = new Set(['lib/index.ts']);
for (const file of files) {
  const write = (name, text) => {
    mkdirSync(path.dirname(name), {recursive: true});
    writeFileSync(name, text);
    for (const [, mentioned] of text.matchAll(/(?:from |import\()["'](\.[^"']+)\.js["']/g)) {
      files.add(`${path.join(path.dirname(file), mentioned)}.ts`);
    }
  };
  program.emit(program.getSourceFile(file), write, undefined, true);
}
