/**
 * What `describe()` tells of the build: versions, and the protocol's methods and fields, read from `protocol.ts` by the
 * compiler so that they cannot drift from the types.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import type { Plugin } from 'vite';

const VIRTUAL = 'virtual:build-facts';

export interface ProtocolShapes {
  methods: string[];
  shapes: Record<string, string[]>;
}

export function buildFacts(protocolFile: string, packages: string): Plugin {
  return {
    name: 'build-facts',
    resolveId: (id) => (id === VIRTUAL ? `\0${VIRTUAL}` : undefined),
    load(id) {
      if (id !== `\0${VIRTUAL}`) return undefined;
      this.addWatchFile(protocolFile);
      const facts = {
        ...readShapes(protocolFile),
        coreVersion: versionOf(packages, '@diffusionstudio/core'),
        typescriptVersion: versionOf(packages, 'typescript'),
      };
      return Object.entries(facts)
        .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`)
        .join('\n');
    },
  };
}

function versionOf(packages: string, name: string): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(join(packages, name, 'package.json'), 'utf8'),
  );
  return manifest.version;
}

/** Interfaces by name with their fields, sorted; a trailing `?` marks optional ones. */
export function readShapes(protocolFile: string): ProtocolShapes {
  const text = readFileSync(protocolFile, 'utf8');
  const source = ts.createSourceFile(protocolFile, text, ts.ScriptTarget.Latest, true);
  const interfaces = source.statements.filter(ts.isInterfaceDeclaration);
  const fields = new Map(interfaces.map((declaration) => [declaration.name.text, fieldNames(declaration)]));
  const methods = fields.get('Operator');
  if (!methods) throw new Error(`Expected an interface Operator in ${protocolFile}`);
  fields.delete('Operator');
  return { methods, shapes: Object.fromEntries(fields) };
}

function fieldNames(declaration: ts.InterfaceDeclaration): string[] {
  return declaration.members
    .map((member) => `${member.name?.getText() ?? ''}${member.questionToken ? '?' : ''}`)
    .filter((name) => name !== '')
    .sort();
}
