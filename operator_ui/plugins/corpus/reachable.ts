/** Which declarations a program can come across: what core exports, and every type that those speak of. */
import ts from 'typescript';
import { isPublic } from './members.ts';

export interface Reached {
  declaration: ts.Declaration;
  exported: boolean;
}

/** Each declaration once; *besides* are reached without being named, and only those *inside* are followed. */
export function reachableFrom(
  entry: ts.SourceFile,
  checker: ts.TypeChecker,
  besides: readonly ts.Declaration[],
  inside: (declaration: ts.Declaration) => boolean,
): Reached[] {
  const module = checker.getSymbolAtLocation(entry);
  if (!module) throw new Error(`Expected a module in ${entry.fileName}`);
  const symbols = checker.getExportsOfModule(module);
  const exported = new Set(symbols.flatMap((symbol) => declarationsOf(symbol, checker)));
  const reached = new Set([...exported, ...besides]);
  for (const declaration of reached) {
    for (const found of mentionedIn(declaration, checker)) if (inside(found)) reached.add(found);
  }
  return [...reached].map((declaration) => ({ declaration, exported: exported.has(declaration) }));
}

/** What the names in *node* stand for; private members and type parameters are passed over. */
function mentionedIn(node: ts.Node, checker: ts.TypeChecker): ts.Declaration[] {
  const found: ts.Declaration[] = [];
  const visit = (child: ts.Node): void => {
    if ((ts.isClassElement(child) || ts.isTypeElement(child)) && !isPublic(child)) return;
    const symbol = ts.isIdentifier(child) ? checker.getSymbolAtLocation(child) : undefined;
    if (symbol) found.push(...declarationsOf(symbol, checker).filter(isTopLevel));
    child.forEachChild(visit);
  };
  node.forEachChild(visit);
  return found;
}

function declarationsOf(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Declaration[] {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return target.declarations ?? [];
}

/** A whole module, which a namespace import stands for, is none. */
function isTopLevel(declaration: ts.Declaration): boolean {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return statement.parent !== undefined && ts.isSourceFile(statement.parent);
}
