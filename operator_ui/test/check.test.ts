/** The type checker, run in Node against the same declarations as in the page. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { allTypes } from '../plugins/program_types';
import { CheckService } from '../src/operator/check/service';

const packages = fileURLToPath(new URL('../node_modules', import.meta.url));
const service = new CheckService(allTypes(packages));
service.setAssets([
  { name: 'clip.mp4', kind: 'video' },
  { name: 'logo.png', kind: 'image' },
  { name: 'words.json', kind: 'captions' },
]);

describe('a sound program', () => {
  test('has core as value and namespace, assets by their kind, and await at its top', () => {
    const program = [
      "const source: core.VideoSource = asset('clip.mp4');",
      'const layer = new core.Layer();',
      'await composition.add(layer);',
      'const clip = await layer.add(new core.VideoClip(source, { range: [0, 5] }));',
      'clip.volume = 0.5;',
      "const logo = new core.ImageClip(asset('logo.png'), { position: 'center' });",
      "const words = new core.CaptionClip(asset('words.json'));",
      'await layer.add(logo); await layer.add(words);',
      'console.log(clip.duration.toFixed(2), Math.random(), new Date());',
    ].join('\n');

    expect(service.check(program)).toEqual([]);
  });
});

describe('diagnostics', () => {
  test("carry line, column, code, message and TypeScript's suggestion apart", () => {
    const [first] = service.check("const clip = new core.VideoClip(asset('clip.mp4'));\n  clip.volum = 1;");

    expect(first).toEqual({
      line: 2,
      column: 8,
      code: 2551,
      message: "Property 'volum' does not exist on type 'VideoClip'.",
      suggestion: "Did you mean 'volume'?",
    });
  });

  test('of an unknown asset name the assets', () => {
    const [first] = service.check("asset('klip.mp4');");

    expect(first?.code).toBe(2345);
    expect(first?.suggestion).toBe(
      "Did you mean 'clip.mp4'? The assets are 'clip.mp4', 'logo.png', 'words.json'.",
    );
  });

  test.each([
    'window',
    'document',
    'fetch',
    'setTimeout',
    'self',
    'navigator',
    'process',
    'require',
    'localStorage',
  ])('refuse %s, which no program has', (name) => {
    const [first] = service.check(`${name};`);

    expect(first?.message).toBe(`Cannot find name '${name}'.`);
    expect(first?.suggestion).toContain('no network');
  });

  test('refuse imports and exports', () => {
    const lines = service.check(
      "import * as x from '@diffusionstudio/core';\nexport const y = x;\nawait import('z');",
    );

    expect(
      lines.filter((line) => line.message.startsWith('A program cannot')).map((line) => line.line),
    ).toEqual([1, 2, 3]);
  });

  test('of syntax come alone', () => {
    expect(service.check('const = 5;\ncore.nothing;').every((diagnostic) => diagnostic.code < 2000)).toBe(
      true,
    );
  });
});

describe('speed', () => {
  test('a warm check takes under 150 ms', () => {
    service.check('composition.duration + 1;');

    const startedMs = performance.now();
    service.check("const clip = new core.TextClip({ text: 'x', fontSize: 20 });");

    expect(performance.now() - startedMs).toBeLessThan(150);
  });
});

test('javascript keeps every character at its place', () => {
  const source = 'interface Size { width: number }\nconst size: Size = { width: 1 } as Size;\nthrow size;';

  const javascript = service.javascript(source);

  expect(javascript.length).toBe(source.length);
  expect(javascript.split('\n')[2]).toBe('throw size;');
  expect(javascript).not.toContain('Size =');
});
