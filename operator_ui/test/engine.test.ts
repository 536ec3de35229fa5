/** The engine's pure parts. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readShapes } from '../plugins/build_facts';
import { placeInProgram } from '../src/operator/compose/exceptions';
import { LINES_BEFORE, runProgram } from '../src/operator/compose/program';
import { repeatableDate, repeatableMath } from '../src/operator/compose/repeatable';
import { fingerprint } from '../src/operator/fingerprint';
import { renderPlan } from '../src/operator/render/plan';
import { sampledFrames } from '../src/operator/sample/times';

const scope = { core: {}, composition: {}, asset: () => ({}), console: {} } as unknown as Parameters<
  typeof runProgram
>[1];

describe('sampled frames', () => {
  test('lie on the grid, once each, and the last frame is among them', () => {
    expect(sampledFrames({ fps: 1 }, 2.5)).toEqual([0, 30, 60, 74]);
    expect(sampledFrames({ times: [1, 0.51, 0.5, 99, -3], frameRate: 10 }, 2)).toEqual([0, 5, 10, 19]);
  });

  test('exist for the shortest video', () => {
    expect(sampledFrames({ fps: 1 }, 1 / 60)).toEqual([0]);
  });

  test('are refused for a rate of zero', () => {
    expect(() => sampledFrames({ fps: 0 }, 1)).toThrow('[bad_request]');
  });
});

describe('a render request', () => {
  test('gets the defaults of its format', () => {
    expect(renderPlan({ fingerprint: 'x' })).toMatchObject({
      format: 'mp4',
      codec: 'avc',
      audio: 'opus',
      fps: 30,
    });
    expect(renderPlan({ fingerprint: 'x', format: 'webm' })).toMatchObject({ codec: 'vp9' });
  });

  test.each([
    { format: 'webm', codec: 'avc' },
    { format: 'mp4', audio: 'pcm' },
    { fps: 0 },
    { bitrate: Number.NaN },
  ] as const)('is refused as %j', (request) => {
    expect(() => renderPlan({ fingerprint: 'x', ...request })).toThrow('[bad_request] Expected');
  });
});

describe('an exception', () => {
  test("is placed at the program's own line and column", async () => {
    const thrown = await runProgram('const a = 1;\n\n  throw new Error(String(a));', scope).catch(
      (error: Error) => error,
    );

    expect(placeInProgram((thrown as Error).stack ?? '')).toEqual({ line: 3, column: 9 });
  });

  test('without a place in the program is put at its beginning', () => {
    expect(placeInProgram('Error: x\n at other.js:5:3')).toEqual({ line: 1, column: 1 });
    expect(LINES_BEFORE).toBe(3);
  });

  test('comes of names that a program does not have', async () => {
    await expect(runProgram('fetch("/x")', scope)).rejects.toThrow('fetch is not a function');
    await expect(runProgram('window.x', scope)).rejects.toThrow("reading 'x'");
  });
});

test('a program may use shadowed names for its own things', async () => {
  const program =
    "const frames = [1]; const [top, open, name] = [2, 3, 'x']; let composition = frames; void [top, open, name];";

  await expect(runProgram(program, scope)).resolves.toBeUndefined();
});

test('chance and the date are the same on every run', () => {
  const [first, second] = [repeatableMath(), repeatableMath()];
  const OwnDate = repeatableDate();

  expect([first.random(), first.random()]).toEqual([second.random(), second.random()]);
  expect(first.max(1, 2)).toBe(2);
  expect(new OwnDate().toISOString()).toBe('2025-01-01T00:00:00.000Z');
  expect(new OwnDate(5).getTime()).toBe(5);
  expect(new OwnDate() instanceof OwnDate).toBe(true);
});

test('the fingerprint is that of the canonical JSON, whatever the order of the assets', async () => {
  const assets = [
    { name: 'ж.mp4', sha256: 'bb' },
    { name: 'a "b".png', sha256: 'aa' },
  ];

  const print = await fingerprint('line\n', assets, '4.0.3');

  expect(print).toBe(await fingerprint('line\n', assets.toReversed(), '4.0.3'));
  // sha256 of {"composition":"line\n","assets":[["a \"b\".png","aa"],["ж.mp4","bb"]],"core":"4.0.3"}, by Python.
  expect(print).toBe('7b44a51a7325ec817b597ffb30ff5527977430f53543b39c3f3794f023a00847');
});

test('the shapes are read from the protocol', () => {
  const { methods, shapes } = readShapes(fileURLToPath(new URL('../src/protocol.ts', import.meta.url)));

  expect(methods).toContain('compose');
  expect(shapes.FrameSample).toBeUndefined();
  expect(shapes.SampledFrame).toEqual(['frameIndex', 'height', 'jpegBase64', 'timestampSeconds', 'width']);
  expect(shapes.ComposeRequest).toEqual(['source', 'timeLimitSeconds?']);
});
