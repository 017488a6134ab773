// Source files as the rules of the architecture see them: a path, a syntax tree, and what it imports.

import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import {repository} from '../sandbox.js';

export interface Source {
  /** The path from the top of the repository. */
  readonly file: string;
  readonly tree: ts.SourceFile;
  readonly imports: readonly Import[];
}

export interface Import {
  /** A file of the repository, or the specifier of a package. */
  readonly target: string;
  readonly isOurs: boolean;
  /** Gone when the program runs. */
  readonly isType: boolean;
  readonly line: number;
}

/** All of the program's own code. */
export function readSources(...tops: readonly string[]): readonly Source[] {
  return tops.flatMap((top) =>
    readdirSync(path.join(repository, top), {recursive: true, encoding: 'utf8'})
      .filter((name) => name.endsWith('.ts'))
      .map((name) => path.join(top, name))
      .sort()
      .map((file) => sourceFrom(file, readFileSync(path.join(repository, file), 'utf8'))),
  );
}

export function sourceFrom(file: string, text: string): Source {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  return {file, tree, imports: findImports(file, tree)};
}

/** All nodes of a tree, from the top. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  for (const child of node.getChildren()) yield* nodesOf(child);
}

export function lineOf(node: ts.Node): number {
  return node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1;
}

function findImports(file: string, tree: ts.SourceFile): readonly Import[] {
  return [...nodesOf(tree)].flatMap((node) => {
    const specifier = specifierOf(node);
    if (specifier === undefined) return [];
    const isOurs = specifier.startsWith('.');
    const target = isOurs ? fileOf(path.join(path.dirname(file), specifier)) : specifier;
    return [{target, isOurs, isType: isTypeOnly(node), line: lineOf(node)}];
  });
}

function fileOf(target: string): string {
  return target.replace(/\.js$/, '.ts');
}

/** What a node imports: by a declaration, by re-exporting it, by import() or by the type import(). */
function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return textOf(node.moduleSpecifier);
  }
  if (ts.isImportTypeNode(node)) {
    return ts.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : undefined;
  }
  if (!ts.isCallExpression(node)) return undefined;
  const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword;
  const isRequire = ts.isIdentifier(node.expression) && node.expression.text === 'require';
  return isImport || isRequire ? textOf(node.arguments[0]) : undefined;
}

function textOf(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined;
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportTypeNode(node)) return true;
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  return (
    ts.isImportDeclaration(node) && node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
  );
}
