/**
 * What the type checker knows: TypeScript's own library, core's declarations and those of mediabunny that core
 * refers to. Programs get them by `virtual:program-types`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { declarationsIn } from './files.ts';

const VIRTUAL = 'virtual:program-types';
/** Ambient declarations of core's own build set-up; they name packages that core does not ship. */
const NOT_FOR_PROGRAMS = new Set(['vite-env.d.ts']);

export function programTypes(packages: string): Plugin {
  return {
    name: 'program-types',
    resolveId: (id) => (id === VIRTUAL ? `\0${VIRTUAL}` : undefined),
    load: (id) => (id === `\0${VIRTUAL}` ? moduleText(allTypes(packages)) : undefined),
  };
}

/** `{absolute path in the checker's file system: text}`. */
export function allTypes(packages: string): Record<string, string> {
  return {
    ...standardLibrary(join(packages, 'typescript/lib')),
    ...coreTypes(packages),
    '/node_modules/mediabunny/index.d.ts': readFileSync(
      join(packages, 'mediabunny/dist/mediabunny.d.ts'),
      'utf8',
    ),
  };
}

function coreTypes(packages: string): Record<string, string> {
  const entries = Object.entries(declarationsIn(join(packages, '@diffusionstudio/core/dist')));
  return Object.fromEntries(
    entries
      .filter(([path]) => !NOT_FOR_PROGRAMS.has(path))
      .map(([path, text]) => [`/node_modules/@diffusionstudio/core/${path}`, text]),
  );
}

/** The language's library without the DOM: programs have no page to reach. */
function standardLibrary(folder: string): Record<string, string> {
  const names = readdirSync(folder).filter((name) =>
    /^lib\.(es5|es20\d\d.*|decorators.*)\.d\.ts$/.test(name),
  );
  const used = names.filter((name) => !name.endsWith('.full.d.ts') && !/es2024|es2025/.test(name));
  return Object.fromEntries(used.map((name) => [`/lib/${name}`, readFileSync(join(folder, name), 'utf8')]));
}

function moduleText(files: Record<string, string>): string {
  return `export default JSON.parse(${JSON.stringify(JSON.stringify(files))});`;
}
