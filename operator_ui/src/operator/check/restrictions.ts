/** Syntax that a program may not use although TypeScript allows it. */
import ts from 'typescript';
import type { Diagnostic } from '../../protocol';
import { placeOf } from './diagnostics';

const IMPORT_CODE = 1232;
const EXPORT_CODE = 1231;

/** Imports and exports: a program is one text, and everything it needs is in scope. */
export function forbiddenSyntax(file: ts.SourceFile): Diagnostic[] {
  const found: Diagnostic[] = [];
  const visit = (node: ts.Node): void => {
    if (isImport(node)) found.push(report(file, node, IMPORT_CODE, 'A program cannot import.'));
    else if (isExport(node)) found.push(report(file, node, EXPORT_CODE, 'A program cannot export.'));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function report(file: ts.SourceFile, node: ts.Node, code: number, message: string): Diagnostic {
  const suggestion = 'Remove it: core, composition, asset(name) and console are already in scope.';
  return { ...placeOf(file, node.getStart(file)), code, message, suggestion };
}

function isImport(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node) || ts.isImportEqualsDeclaration(node)) return true;
  if (ts.isMetaProperty(node)) return node.keywordToken === ts.SyntaxKind.ImportKeyword;
  return ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
}

function isExport(node: ts.Node): boolean {
  if (ts.isExportDeclaration(node) || ts.isExportAssignment(node)) return true;
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(isExportKeyword);
}

function isExportKeyword(modifier: ts.Modifier): boolean {
  return modifier.kind === ts.SyntaxKind.ExportKeyword;
}
