// The rules about what stands in a file.

import ts from 'typescript';
import type {Violation} from './rules.js';
import {lineOf, nodesOf, type Source} from './source.js';

const lineLimit = 250;
const functionLimit = 60;
const parameterLimit = 3;

/** The names by which a program reaches past its context. */
const globals = ['process', 'console', 'globalThis', 'global'];

export function checkGlobals(sources: readonly Source[]): readonly Violation[] {
  return violationsIn(sources, (node, file) => {
    if (!ts.isIdentifier(node) || !globals.includes(node.text) || isMember(node)) return undefined;
    return file === 'cmd/main.ts' && node.text !== 'console' ? undefined : `uses ${node.text}`;
  });
}

/** Whether an identifier names a part of something else: `context.process`, `{process: 1}`. */
function isMember(node: ts.Identifier): boolean {
  const {parent} = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  const isNamed =
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent);
  return isNamed && parent.name === node;
}

export function checkExports(sources: readonly Source[]): readonly Violation[] {
  return violationsIn(sources, (node) => {
    const isDefault =
      ts.isExportAssignment(node) ||
      (ts.isExportSpecifier(node) && node.name.text === 'default') ||
      (ts.canHaveModifiers(node) &&
        node.modifiers?.some(({kind}) => kind === ts.SyntaxKind.DefaultKeyword) === true);
    return isDefault ? 'has a default export' : undefined;
  });
}

export function checkSizes(sources: readonly Source[]): readonly Violation[] {
  const files = sources.flatMap(({file, tree}) => {
    const lines = tree.text.replace(/\n$/, '').split('\n').length;
    return lines > lineLimit ? [`${file}: has ${String(lines)} lines`] : [];
  });
  const functions = violationsIn(sources, (node) => {
    if (!ts.isFunctionLike(node)) return undefined;
    const lines = node.getText().split('\n').length;
    return lines > functionLimit ? `has a function of ${String(lines)} lines` : undefined;
  });
  return [...files, ...functions];
}

export function checkParameters(sources: readonly Source[]): readonly Violation[] {
  return violationsIn(sources, (node) => {
    if (!ts.isFunctionLike(node) || node.parameters.length <= parameterLimit) return undefined;
    return `has a function of ${String(node.parameters.length)} parameters`;
  });
}

function violationsIn(
  sources: readonly Source[],
  problemOf: (node: ts.Node, file: string) => string | undefined,
): readonly Violation[] {
  return sources.flatMap(({file, tree}) =>
    [...nodesOf(tree)].flatMap((node) => {
      const problem = problemOf(node, file);
      return problem === undefined ? [] : [`${file}:${String(lineOf(node))}: ${problem}`];
    }),
  );
}
