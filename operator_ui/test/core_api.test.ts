/** What the documentation index is told of core. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';
import type { ApiDeclaration, ApiMember } from '../plugins/corpus/api';
import { extractApi } from '../plugins/corpus/extract';
import { membersOf } from '../plugins/corpus/members';

const packages = fileURLToPath(new URL('../node_modules', import.meta.url));
const api = extractApi(packages);

function declaration(name: string): ApiDeclaration {
  const found = api.declarations.find((known) => known.name === name);
  if (!found) throw new Error(`Expected a declaration of ${name}`);
  return found;
}

function member(owner: string, name: string): ApiMember {
  const found = declaration(owner).members.find((known) => known.name === name);
  if (!found) throw new Error(`Expected ${owner} to have ${name}`);
  return found;
}

test('everything that core exports is told of, and importable', async () => {
  const entry = ts.createProgram([`${packages}/@diffusionstudio/core/dist/index.d.ts`], {
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    module: ts.ModuleKind.ESNext,
  });
  const checker = entry.getTypeChecker();
  const source = entry.getSourceFile(`${packages}/@diffusionstudio/core/dist/index.d.ts`);
  const module = source && checker.getSymbolAtLocation(source);
  const exported = module ? checker.getExportsOfModule(module).map((symbol) => symbol.name) : [];

  const told = api.declarations.filter((known) => known.importable).map((known) => known.name);

  expect(exported.length).toBeGreaterThan(150);
  expect(told.toSorted()).toEqual(exported.toSorted());
});

test.each([
  'EncoderConfig',
  'VideoConfig',
  'AudioConfig',
  'ContainerFormat',
  'ExportResult',
  'EncoderProgress',
  'LayerOptions',
  'StyleOverride',
  'TextStyle',
])('%s is reached from a public type, and marked as not importable', (name) => {
  expect(declaration(name).importable).toBe(false);
});

test('a mixin is told of once, with the comments that its users lack', () => {
  expect(declaration('TextClip').extends).toEqual(['VisualMixin', 'Clip']);
  expect(declaration('Composition').extends).toEqual(['EventEmitterMixin', 'Serializer']);
  expect(member('VisualMixin', 'rotation').comment).toContain('in degrees');
  expect(declaration('TextClip').members.map(({ name }) => name)).not.toContain('rotation');
  expect(declaration('VisualMixin').members.map(({ name }) => name)).not.toContain('toJSON');
});

test("what is private or core's own is left out", () => {
  const names = api.declarations.flatMap(({ members }) => members.map(({ name }) => name));

  expect(names.filter((name) => name.startsWith('_'))).toEqual([]);
  expect(declaration('TextClip').members.map(({ name }) => name)).not.toContain('node');
  expect(declaration('AudioClip').members.map(({ name }) => name)).not.toContain('getBufferRange');
  expect(api.declarations.map(({ name }) => name).filter((name) => name.endsWith('_base'))).toEqual([]);
});

test('signatures are on one line and name types as a program does', () => {
  const signatures = api.declarations.flatMap(({ members }) => members.map(({ signature }) => signature));

  expect(signatures.filter((signature) => /\n|import\(/.test(signature))).toEqual([]);
  expect(member('VisualMixin', 'width').signature).toBe(
    'get width(): number; set width(value: Percent | number | undefined)',
  );
  expect(member('TextClip', 'align').signature).toBe('align: TextAlign');
  expect(member('Composition', 'duration').signature).toBe('readonly duration: number');
});

test('unions say what can be chosen', () => {
  expect(declaration('InsertMode').heading).toBe("type InsertMode = 'DEFAULT' | 'SEQUENTIAL'");
  expect(declaration('VideoCodec').heading).toContain("'avc' | 'hevc' | 'vp9'");
  expect(declaration('VideoCodec').package).toBe('mediabunny');
  expect(member('Effect', 'blur').signature).toContain('value: number');
});

test('a getter and its setter are one property with both comments', () => {
  const text = 'declare class A {\n/** Read. */\nget x(): number;\n/** Written. */\nset x(value: string);\n}';
  const file = ts.createSourceFile('a.d.ts', text, ts.ScriptTarget.Latest, true);
  const [found] = file.statements.filter(ts.isClassDeclaration).map(({ members }) => membersOf(members));

  expect(found).toEqual([
    {
      name: 'x',
      kind: 'property',
      signature: 'get x(): number; set x(value: string)',
      comment: 'Read. Written.',
    },
  ]);
});
