/**
 * Mixins. A class that uses one extends a constant in core's declarations, `TextClip_base`, which holds the members
 * of the mixin again without their comments. Here the constant is led back to the mixin and the base class.
 */
import ts from 'typescript';
import { isPublic, nameOf } from './members.ts';

export interface Mixin {
  name: string;
  declaration: ts.FunctionDeclaration;
  /** Its own members; those of the class that it is applied to are left out. */
  members: readonly ts.TypeElement[];
}

/** Every function of *files* that is named `…Mixin` and returns a class. */
export function mixinsIn(files: readonly ts.SourceFile[], checker: ts.TypeChecker): Mixin[] {
  return files
    .flatMap((file) => file.statements.filter(ts.isFunctionDeclaration))
    .flatMap((declaration) => {
      const name = declaration.name?.text ?? '';
      const made = name.endsWith('Mixin') && declaration.type ? instanceIn(declaration.type) : undefined;
      if (!made) return [];
      const inherited = membersOfTarget(declaration, checker);
      const members = made.members.filter((member) => !inherited.has(nameOf(member)));
      return [{ name, declaration, members }];
    });
}

/** The mixin and the base class that *constant* (`TextClip_base`) stands for; throws for a mixin that is unknown. */
export function expandBase(constant: ts.VariableDeclaration, mixins: readonly Mixin[]): string[] {
  const type = constant.type;
  const made = type && instanceIn(type);
  if (!made) throw new Error(`Expected a class that is mixed in ${constant.getText()}`);
  const names = new Set(made.members.filter(isPublic).map(nameOf));
  const own = (mixin: Mixin): string[] => mixin.members.filter(isPublic).map(nameOf);
  const mixin = mixins.find((known) => own(known).length > 0 && own(known).every((name) => names.has(name)));
  if (!mixin) throw new Error(`Expected a mixin with the members ${[...names].join(', ')}`);
  return [mixin.name, ...basesIn(type)];
}

/** What `{ new (...): { … } }` makes, alone or in an intersection. */
function instanceIn(type: ts.TypeNode): ts.TypeLiteralNode | undefined {
  const parts: readonly ts.TypeNode[] = ts.isIntersectionTypeNode(type) ? type.types : [type];
  const constructors = parts
    .filter(ts.isTypeLiteralNode)
    .flatMap((part) => part.members.filter(ts.isConstructSignatureDeclaration));
  return constructors.map((made) => made.type).find((made) => made && ts.isTypeLiteralNode(made)) as
    | ts.TypeLiteralNode
    | undefined;
}

function basesIn(type: ts.TypeNode): string[] {
  const parts: readonly ts.TypeNode[] = ts.isIntersectionTypeNode(type) ? type.types : [];
  return parts.filter(ts.isTypeQueryNode).map((query) => query.exprName.getText());
}

function membersOfTarget(declaration: ts.FunctionDeclaration, checker: ts.TypeChecker): Set<string> {
  const [parameter] = declaration.typeParameters?.slice(-1) ?? [];
  const constraint = parameter?.constraint && checker.getTypeFromTypeNode(parameter.constraint);
  const [construct] = constraint?.getConstructSignatures() ?? [];
  return new Set(
    construct
      ?.getReturnType()
      .getProperties()
      .map((property) => property.name),
  );
}
