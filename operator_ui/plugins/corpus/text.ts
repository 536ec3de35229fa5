/** Declarations as text: without comments and on one line, their comments apart. */
import ts from 'typescript';

const printer = ts.createPrinter({ removeComments: true });

/** The node's code on one line; what a bundler wrote as `import('../..').Size` is `Size` again. */
export function codeOf(node: ts.Node): string {
  const printed = printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile());
  return printed
    .replace(/import\(["'][^"']*["']\)\./g, '')
    .replace(/"([^"'\\]*)"/g, "'$1'")
    .replace(/\s+/g, ' ')
    .replace(/\[ | \]/g, (bracket) => bracket.trim())
    .replace(/;$/, '')
    .trim();
}

/** The documentation comment before *node*, tags included, on one line. */
export function commentOf(node: ts.Node): string {
  const comment = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).at(-1);
  if (!comment) return '';
  return comment
    .getText()
    .replace(/^\/\*\*|\*\/$/g, '')
    .replace(/^\s*\* ?/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** `<T extends Clip = Clip>`, or nothing. */
export function typeParametersOf(declaration: ts.DeclarationWithTypeParameterChildren): string {
  const parameters = declaration.typeParameters?.map(codeOf) ?? [];
  return parameters.length > 0 ? `<${parameters.join(', ')}>` : '';
}
