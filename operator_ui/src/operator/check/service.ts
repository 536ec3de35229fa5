/** The type checker: one incremental language service, so that a second check re-reads the program alone. */
import blankTypes from 'ts-blank-space';
import ts from 'typescript';
import type { Diagnostic } from '../../protocol';
import { BROWSER_TYPES, CORE_GLOBAL, type NamedAsset, programScope } from './ambient';
import { sorted, toDiagnostic } from './diagnostics';
import { forbiddenSyntax } from './restrictions';

const PROGRAM = '/composition.ts';
const SCOPE = '/scope.d.ts';
const FIXED_FILES: Record<string, string> = {
  '/core.d.ts': CORE_GLOBAL,
  '/browser.d.ts': BROWSER_TYPES,
  '/node_modules/@diffusionstudio/core/package.json':
    '{"name":"@diffusionstudio/core","types":"./index.d.ts"}',
  '/node_modules/mediabunny/package.json': '{"name":"mediabunny","types":"./index.d.ts"}',
};

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  // Every program is a module, so that `await` works at its top and its names are its own.
  moduleDetection: ts.ModuleDetectionKind.Force,
  allowUmdGlobalAccess: true,
  lib: ['lib.es2023.d.ts'],
  types: [],
  strict: true,
  // Types are blanked out, never compiled: line and column stay those of the program.
  erasableSyntaxOnly: true,
  skipLibCheck: true,
  noEmit: true,
};

export class CheckService {
  private readonly files: Map<string, { text: string; version: number }>;
  private readonly service: ts.LanguageService;
  private assets: readonly NamedAsset[] = [];

  /** *types*: declarations by their path, as made by the build. */
  constructor(types: Record<string, string>) {
    const texts = { ...types, ...FIXED_FILES, [SCOPE]: programScope([]), [PROGRAM]: '' };
    this.files = new Map(Object.entries(texts).map(([path, text]) => [path, { text, version: 1 }]));
    this.service = ts.createLanguageService(this.host(), ts.createDocumentRegistry());
  }

  setAssets(assets: readonly NamedAsset[]): void {
    this.assets = assets;
    this.write(SCOPE, programScope(assets));
  }

  /** Everything wrong with *source*, in order of place; empty when it may run. */
  check(source: string): Diagnostic[] {
    this.write(PROGRAM, source);
    const syntax = this.service.getSyntacticDiagnostics(PROGRAM);
    const file = this.programFile();
    const found = syntax.length > 0 ? syntax : this.service.getSemanticDiagnostics(PROGRAM);
    const names = this.assets.filter((asset) => asset.kind !== 'font').map((asset) => asset.name);
    return sorted([
      ...forbiddenSyntax(file),
      ...found.map((diagnostic) => toDiagnostic(diagnostic, file, names)),
    ]);
  }

  /** The program as JavaScript with every character at its place. */
  javascript(source: string): string {
    return blankTypes(source);
  }

  private programFile(): ts.SourceFile {
    const file = this.service.getProgram()?.getSourceFile(PROGRAM);
    if (!file) throw new Error('The program is missing from the checker');
    return file;
  }

  private write(path: string, text: string): void {
    const known = this.files.get(path);
    if (known?.text !== text) this.files.set(path, { text, version: (known?.version ?? 0) + 1 });
  }

  private host(): ts.LanguageServiceHost {
    return {
      getCompilationSettings: () => OPTIONS,
      getScriptFileNames: () => ['/core.d.ts', '/browser.d.ts', SCOPE, PROGRAM],
      getScriptVersion: (path) => String(this.files.get(path)?.version ?? 0),
      getScriptSnapshot: (path) => {
        const file = this.files.get(path);
        return file && ts.ScriptSnapshot.fromString(file.text);
      },
      getCurrentDirectory: () => '/',
      getDefaultLibFileName: () => '/lib/lib.es2023.d.ts',
      fileExists: (path) => this.files.has(path),
      readFile: (path) => this.files.get(path)?.text,
      useCaseSensitiveFileNames: () => true,
    };
  }
}
