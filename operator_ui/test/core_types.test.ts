/** The declarations that programs are checked against. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { allTypes } from '../plugins/program_types';
import { BROWSER_TYPES } from '../src/operator/check/ambient';

test("every type that core's declarations speak of is declared", () => {
  const files: Record<string, string> = {
    ...allTypes(fileURLToPath(new URL('../node_modules', import.meta.url))),
    '/browser.d.ts': BROWSER_TYPES,
  };

  expect(namesNotFound(files)).toEqual([]);
});

/** What the compiler misses in core's own declarations, by "Cannot find name". */
function namesNotFound(files: Record<string, string>): string[] {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts'],
    types: [],
  };
  const roots = Object.keys(files).filter(
    (path) => path.includes('@diffusionstudio') || path === '/browser.d.ts',
  );
  const program = ts.createProgram(roots, options, hostOf(files));
  const found = roots.flatMap((path) => program.getSemanticDiagnostics(program.getSourceFile(path)));
  const messages = found.map((diagnostic) => ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
  return [
    ...new Set(messages.flatMap((message) => /^Cannot find name '(\w+)'/.exec(message)?.[1] ?? [])),
  ].sort();
}

function hostOf(files: Record<string, string>): ts.CompilerHost {
  return {
    getSourceFile: (path, options) => {
      const text = files[path];
      return text === undefined ? undefined : ts.createSourceFile(path, text, options);
    },
    fileExists: (path) => path in files,
    readFile: (path) => files[path],
    getDefaultLibFileName: () => '/lib/lib.es2023.d.ts',
    getCurrentDirectory: () => '/',
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    writeFile: () => {},
  };
}
