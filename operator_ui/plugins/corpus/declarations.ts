/** One declaration as the index gets it: heading, comment, members, and what it extends. */
import ts from 'typescript';
import type { ApiDeclaration } from './api.ts';
import { alternativesOf, membersOf } from './members.ts';
import { expandBase, type Mixin } from './mixins.ts';
import { codeOf, commentOf, typeParametersOf } from './text.ts';

export type Described = Pick<ApiDeclaration, 'name' | 'kind' | 'heading' | 'comment' | 'members' | 'extends'>;

/** Nothing for what is no declaration of its own: a constant that a class extends, an import. */
export function describe(
  declaration: ts.Declaration,
  checker: ts.TypeChecker,
  mixins: readonly Mixin[],
): Described | undefined {
  if (ts.isClassDeclaration(declaration)) return describeClass(declaration, checker, mixins);
  if (ts.isInterfaceDeclaration(declaration)) return describeInterface(declaration);
  if (ts.isTypeAliasDeclaration(declaration)) return describeType(declaration, checker);
  if (ts.isFunctionDeclaration(declaration)) return describeFunction(declaration, mixins);
  if (ts.isVariableDeclaration(declaration)) return describeConstant(declaration);
  return undefined;
}

function describeClass(
  declaration: ts.ClassDeclaration,
  checker: ts.TypeChecker,
  mixins: readonly Mixin[],
): Described {
  const name = `${declaration.name?.text}`;
  const bases = heritageOf(declaration, ts.SyntaxKind.ExtendsKeyword).flatMap((base) => {
    const constant = checker.getSymbolAtLocation(base.expression)?.valueDeclaration;
    const isMixedIn = constant?.getSourceFile() === declaration.getSourceFile();
    return isMixedIn && ts.isVariableDeclaration(constant) ? expandBase(constant, mixins) : [codeOf(base)];
  });
  return {
    name,
    kind: 'class',
    heading: withBases(`class ${name}${typeParametersOf(declaration)}`, bases),
    comment: commentOf(declaration),
    members: membersOf(declaration.members),
    extends: bases,
  };
}

function describeInterface(declaration: ts.InterfaceDeclaration): Described {
  const name = declaration.name.text;
  const bases = heritageOf(declaration, ts.SyntaxKind.ExtendsKeyword);
  return {
    name,
    kind: 'interface',
    heading: withBases(`interface ${name}${typeParametersOf(declaration)}`, bases.map(codeOf)),
    comment: commentOf(declaration),
    members: membersOf(declaration.members),
    extends: bases.flatMap(namesIn),
  };
}

function describeType(declaration: ts.TypeAliasDeclaration, checker: ts.TypeChecker): Described {
  const { type } = declaration;
  const start = `type ${declaration.name.text}${typeParametersOf(declaration)}`;
  const common = { name: declaration.name.text, kind: 'type', comment: commentOf(declaration) } as const;
  const parts: readonly ts.TypeNode[] = ts.isIntersectionTypeNode(type) ? type.types : [type];
  const members = membersOf(parts.filter(ts.isTypeLiteralNode).flatMap((literal) => [...literal.members]));
  if (members.length > 0) {
    const bases = parts.filter((part) => !ts.isTypeLiteralNode(part));
    const heading = withBases(start, bases.map(codeOf));
    return { ...common, heading, members, extends: bases.flatMap(namesIn) };
  }
  const alternatives = ts.isUnionTypeNode(type) ? alternativesOf(type) : [];
  const heading = alternatives.length > 0 ? start : `${start} = ${spelledOut(declaration, checker)}`;
  return { ...common, heading, members: alternatives, extends: [] };
}

function describeFunction(declaration: ts.FunctionDeclaration, mixins: readonly Mixin[]): Described {
  const name = `${declaration.name?.text}`;
  const mixin = mixins.find((known) => known.declaration === declaration);
  return {
    name,
    kind: mixin ? 'mixin' : 'function',
    heading: mixin ? `mixin ${name}` : codeOf(declaration).replace(/^(export |declare )+/, ''),
    comment: commentOf(declaration),
    members: mixin ? membersOf(mixin.members) : [],
    extends: [],
  };
}

function describeConstant(declaration: ts.VariableDeclaration): Described | undefined {
  const name = declaration.name.getText();
  if (name.endsWith('_base')) return undefined;
  const isLiteral = declaration.type && ts.isTypeLiteralNode(declaration.type);
  return {
    name,
    kind: 'const',
    heading: isLiteral ? `const ${name}` : `const ${codeOf(declaration)}`,
    comment: commentOf(declaration.parent.parent),
    members: isLiteral ? membersOf((declaration.type as ts.TypeLiteralNode).members) : [],
    extends: [],
  };
}

/** The values of `(typeof insertModes)[number]` rather than how they are come by. */
function spelledOut(declaration: ts.TypeAliasDeclaration, checker: ts.TypeChecker): string {
  if (declaration.typeParameters || !ts.isIndexedAccessTypeNode(declaration.type))
    return codeOf(declaration.type);
  const type = checker.getTypeFromTypeNode(declaration.type);
  const isLiterals = type.isUnion() && type.types.every((part) => part.isStringLiteral());
  return isLiterals
    ? type.types.map((part) => `'${(part as ts.StringLiteralType).value}'`).join(' | ')
    : codeOf(declaration.type);
}

function heritageOf(
  declaration: ts.ClassDeclaration | ts.InterfaceDeclaration,
  keyword: ts.SyntaxKind,
): readonly ts.ExpressionWithTypeArguments[] {
  return declaration.heritageClauses?.find((clause) => clause.token === keyword)?.types ?? [];
}

function withBases(start: string, bases: readonly string[]): string {
  return bases.length > 0 ? `${start} extends ${bases.join(', ')}` : start;
}

/** `Omit<VisualMixinProps, 'height'>` speaks of VisualMixinProps; the language's own helpers are passed over. */
function namesIn(node: ts.Node): string[] {
  const names: string[] = [];
  const visit = (child: ts.Node): void => {
    if (ts.isIdentifier(child)) names.push(child.text);
    child.forEachChild(visit);
  };
  visit(node);
  return names.filter((name) => !/^(Omit|Partial|Pick|Required|Readonly)$/.test(name));
}
