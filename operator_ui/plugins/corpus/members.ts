/** The public members of classes, interfaces and type literals. */
import ts from 'typescript';
import type { ApiMember } from './api.ts';
import { codeOf, commentOf } from './text.ts';

type AnyMember = ts.ClassElement | ts.TypeElement;

/** In the order of their declaration; a getter and its setter are one property. */
export function membersOf(declared: readonly AnyMember[]): ApiMember[] {
  const visible = declared.filter(isPublic);
  const names = [...new Set(visible.map(nameOf))];
  return names.map((name) =>
    memberOf(
      name,
      visible.filter((member) => nameOf(member) === name),
    ),
  );
}

/** The alternatives of a union of object literals, each named by its literal or by its first field. */
export function alternativesOf(union: ts.UnionTypeNode): ApiMember[] {
  return union.types.filter(ts.isTypeLiteralNode).flatMap((literal) => {
    const [first] = literal.members;
    if (!first) return [];
    return [
      {
        name: alternativeName(first),
        kind: 'alternative',
        signature: codeOf(literal),
        comment: commentOf(first),
      },
    ];
  });
}

export function isPublic(member: AnyMember): boolean {
  const flags = ts.getCombinedModifierFlags(member as ts.Declaration);
  const hidden = flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected);
  return !hidden && !nameOf(member).startsWith('_') && !ts.isIndexSignatureDeclaration(member);
}

export function nameOf(member: AnyMember): string {
  if (ts.isConstructorDeclaration(member)) return 'constructor';
  return member.name ? member.name.getText().replace(/^['"]|['"]$/g, '') : '';
}

function memberOf(name: string, declared: readonly AnyMember[]): ApiMember {
  const comments = new Set(declared.map(commentOf).filter((comment) => comment !== ''));
  return {
    name,
    kind: kindOf(declared),
    signature: signatureOf(name, declared),
    comment: [...comments].join(' '),
  };
}

function kindOf([first]: readonly AnyMember[]): ApiMember['kind'] {
  if (first && ts.isConstructorDeclaration(first)) return 'constructor';
  return first && (ts.isMethodDeclaration(first) || ts.isMethodSignature(first)) ? 'method' : 'property';
}

function signatureOf(name: string, declared: readonly AnyMember[]): string {
  const read = declared.find((member) => ts.isGetAccessor(member));
  const written = declared.find((member) => ts.isSetAccessor(member));
  if (!read && !written) return declared.map(codeOf).join('; ');
  const readType = read?.type && codeOf(read.type);
  const [value] = written?.parameters ?? [];
  const writtenType = value?.type && codeOf(value.type);
  if (!writtenType) return `readonly ${name}: ${readType}`;
  return readType && readType !== writtenType
    ? `get ${name}(): ${readType}; set ${name}(value: ${writtenType})`
    : `${name}: ${writtenType}`;
}

function alternativeName(first: ts.TypeElement): string {
  const type = ts.isPropertySignature(first) ? first.type : undefined;
  const isLiteral = type && ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal);
  return isLiteral ? (type.literal as ts.StringLiteral).text : nameOf(first);
}
