import { describe, expect, test } from 'vitest';
import { remainingSeconds, withMark } from '../src/view/estimate';
import { formatBytes, formatClock, formatFrameRate, formatLength } from '../src/view/figures';
import { evenly } from '../src/view/frames';
import { highlight } from '../src/view/highlight';

describe('figures', () => {
  test('times are clocks', () => {
    expect(formatClock(5)).toBe('0:05');
    expect(formatClock(65.25, 2)).toBe('1:05.25');
    expect(formatClock(7200)).toBe('2:00:00');
  });

  test('rounding carries over into the minutes', () => {
    expect(formatClock(59.97, 1)).toBe('1:00.0');
    expect(formatClock(3599.9)).toBe('1:00:00');
  });

  test('what never ends has a dash', () => {
    expect(formatClock(Number.POSITIVE_INFINITY)).toBe('–');
  });

  test('lengths, sizes and rates are as short as they can be', () => {
    expect([formatLength(5.04), formatLength(143.2), formatLength(7200)]).toEqual([
      '5.04 s',
      '2:23 min',
      '2:00:00 h',
    ]);
    expect([formatBytes(0), formatBytes(999), formatBytes(1_423_000), formatBytes(412e6)]).toEqual([
      '0 B',
      '999 B',
      '1.4 MB',
      '412 MB',
    ]);
    expect([formatFrameRate(30), formatFrameRate(23.976023)]).toEqual(['30 fps', '23.976 fps']);
  });
});

describe('the estimate of the remaining time', () => {
  test('follows the speed so far', () => {
    const marks = withMark(withMark([], { atMs: 0, done: 0 }), { atMs: 2000, done: 100 });

    expect(remainingSeconds(marks, 250)).toBe(3);
  });

  test('is not made from one mark, from no advance or from a moment', () => {
    const one = withMark([], { atMs: 0, done: 5 });

    expect(remainingSeconds(one, 10)).toBeUndefined();
    expect(remainingSeconds(withMark(one, { atMs: 5000, done: 5 }), 10)).toBeUndefined();
    expect(remainingSeconds(withMark(one, { atMs: 50, done: 6 }), 10)).toBeUndefined();
  });

  test('forgets what was before a restart and what is long ago', () => {
    const slowStart = withMark(withMark([], { atMs: 0, done: 0 }), { atMs: 20_000, done: 10 });

    expect(withMark(slowStart, { atMs: 21_000, done: 0 })).toEqual([{ atMs: 21_000, done: 0 }]);
    expect(remainingSeconds(withMark(slowStart, { atMs: 21_000, done: 20 }), 40)).toBe(2);
  });
});

describe('highlighting', () => {
  test('loses no character of the program', () => {
    const source = 'const größe = `a\n"b"` / 2; // 字幕\n/* open\n  "end';

    const lines = highlight(source).map((tokens) => tokens.map(({ text }) => text).join(''));

    expect(lines.join('\n')).toBe(source);
  });

  test('tells the kinds of words apart', () => {
    const [line] = highlight("const clip = new core.VideoClip(asset('a.mp4'), 1.5);");

    const kinds = Object.fromEntries((line ?? []).map(({ text, kind }) => [text, kind]));

    expect(kinds).toMatchObject({
      const: 'keyword',
      new: 'keyword',
      core: 'ambient',
      VideoClip: 'type',
      asset: 'ambient',
      "'a.mp4'": 'string',
      '1.5': 'number',
    });
  });

  test('carries a comment over its lines', () => {
    const lines = highlight('/* one\ntwo */ three');

    expect(lines[1]?.[0]).toEqual({ kind: 'comment', text: 'two */' });
  });
});

test('thinning keeps the first and the last', () => {
  const numbers = Array.from({ length: 7201 }, (_, index) => index);

  const kept = evenly(numbers, 96);

  expect(kept.length).toBe(96);
  expect([kept[0], kept.at(-1)]).toEqual([0, 7200]);
  expect(evenly([1, 2], 96)).toEqual([1, 2]);
});
