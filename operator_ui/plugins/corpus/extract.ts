/**
 * Reads core's public API from the installed declarations with TypeScript's own compiler, so that what the
 * documentation index tells is never of another version.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { declarationsIn } from '../files.ts';
import type { ApiDeclaration, CoreApi } from './api.ts';
import { describe } from './declarations.ts';
import { mixinsIn } from './mixins.ts';
import { reachableFrom } from './reachable.ts';

/** Of mediabunny a program meets the names of codecs only. */
const FROM_MEDIABUNNY = new Set(['VideoCodec', 'AudioCodec']);

/** *packages* is the `node_modules` with core and mediabunny in it. */
export function extractApi(packages: string): CoreApi {
  const folder = join(packages, '@diffusionstudio/core/dist');
  const files = declarationsIn(folder);
  return {
    coreVersion: versionOf(join(packages, '@diffusionstudio/core')),
    mediabunnyVersion: versionOf(join(packages, 'mediabunny')),
    declarationsSha256: sha256Of(files),
    declarations: declarationsOf(folder, Object.keys(files), join(packages, 'mediabunny/dist')),
  };
}

/** All *files* are read: those with the mixins are imported by none. */
function declarationsOf(core: string, files: readonly string[], mediabunny: string): ApiDeclaration[] {
  const paths = files.map((file) => join(core, file));
  const program = ts.createProgram(paths, {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    skipLibCheck: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const entry = program.getSourceFile(join(core, 'index.d.ts'));
  if (!entry) throw new Error(`Expected core's declarations in ${core}`);
  const packageOf = (declaration: ts.Declaration): ApiDeclaration['package'] | undefined => {
    const path = declaration.getSourceFile().fileName;
    if (path.startsWith(`${core}/`)) return 'core';
    const name = ts.getNameOfDeclaration(declaration)?.getText() ?? '';
    return path.startsWith(`${mediabunny}/`) && FROM_MEDIABUNNY.has(name) ? 'mediabunny' : undefined;
  };
  const sources = paths.flatMap((path) => program.getSourceFile(path) ?? []);
  const mixins = mixinsIn(sources, checker);
  const reached = reachableFrom(
    entry,
    checker,
    mixins.map((mixin) => mixin.declaration),
    (declaration) => packageOf(declaration) !== undefined,
  );
  return reached.flatMap(({ declaration, exported }) => {
    const described = describe(declaration, checker, mixins);
    const origin = packageOf(declaration);
    if (!described || !origin) return [];
    const file = relative(origin === 'core' ? core : mediabunny, declaration.getSourceFile().fileName);
    return [{ ...described, file, package: origin, importable: exported }];
  });
}

/** Of all paths and texts, in the order of the paths, with a zero byte after each. */
function sha256Of(files: Record<string, string>): string {
  const hash = createHash('sha256');
  for (const [path, text] of Object.entries(files)) hash.update(`${path}\0${text}\0`);
  return hash.digest('hex');
}

function versionOf(folder: string): string {
  const manifest: { version: string } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return manifest.version;
}
