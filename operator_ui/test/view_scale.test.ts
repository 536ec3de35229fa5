import { describe, expect, test } from 'vitest';
import type { ClipSummary, CompositionSummary } from '../src/protocol';
import { rulerTicks } from '../src/view/ruler';
import { apart, largestZoom, placeClip, timelineSpan, timeToFraction } from '../src/view/scale';

function clip(startSeconds: number, endSeconds: number): ClipSummary {
  return { type: 'VIDEO', startSeconds, endSeconds, animated: [] };
}

function composition(durationSeconds: number, ...clips: ClipSummary[]): CompositionSummary {
  const layers = [{ index: 0, mode: 'DEFAULT' as const, clips }];
  return { width: 1920, height: 1080, durationSeconds, background: '#000', layers, warnings: [] };
}

describe('the span of the timeline', () => {
  test('is the length of the composition', () => {
    expect(timelineSpan(composition(24, clip(0, 24)))).toBe(24);
  });

  test('makes room for a clip that reaches past the end, but not without bound', () => {
    expect(timelineSpan(composition(10, clip(8, 11)))).toBe(11);
    expect(timelineSpan(composition(10, clip(8, 500)))).toBe(12);
  });

  test('is positive for an empty composition and for a clip that never ends', () => {
    expect(timelineSpan(composition(0))).toBeGreaterThan(0);
    expect(timelineSpan(composition(0, clip(0, Number.POSITIVE_INFINITY)))).toBeGreaterThan(0);
  });
});

describe('a clip on the timeline', () => {
  test('lies where its times are', () => {
    expect(placeClip(clip(2.5, 5), 10, 10)).toEqual({
      left: 0.25,
      width: 0.25,
      zeroLength: false,
      pastEnd: false,
    });
  });

  test('is marked when it has no length', () => {
    expect(placeClip(clip(4, 4), 10, 10)).toMatchObject({ width: 0, zeroLength: true });
  });

  test('is marked when it reaches past the end, rounding aside', () => {
    expect(placeClip(clip(0, 11), 10, 12).pastEnd).toBe(true);
    expect(placeClip(clip(0, 10.004), 10, 10).pastEnd).toBe(false);
  });

  test('that never ends reaches the right edge without a mark', () => {
    const place = placeClip(clip(5, Number.POSITIVE_INFINITY), 10, 10);

    expect(place).toEqual({ left: 0.5, width: 0.5, zeroLength: false, pastEnd: false });
  });

  test('that starts beyond the edge is kept at the edge', () => {
    expect(placeClip(clip(90, 95), 10, 12)).toMatchObject({ left: 1, width: 0, pastEnd: true });
  });
});

test('a moment outside the span is held at its edges', () => {
  expect([timeToFraction(-1, 10), timeToFraction(5, 10), timeToFraction(11, 10)]).toEqual([0, 0.5, 1]);
});

test('sample marks that would touch are left out', () => {
  const everySecond = Array.from({ length: 7201 }, (_, index) => index);

  const marks = apart(everySecond, 7200, 1200, 4);

  expect(marks.length).toBe(301);
  expect(apart([0, 1, 2], 2, 1200, 4)).toEqual([0, 1, 2]);
});

test('a short composition may be magnified to single frames, a long one to a width browsers draw', () => {
  expect(largestZoom(2, 1200)).toBe(1);
  expect(largestZoom(60, 1200)).toBe(20);
  expect(largestZoom(7200, 1200)).toBe(25);
});

describe.each([
  [2, '0:00.2'],
  [24, '0:02'],
  [60, '0:05'],
  [600, '1:00'],
  [7200, '10:00'],
])('the ruler over %d seconds', (spanSeconds, firstLabel) => {
  const ticks = rulerTicks(spanSeconds, 1200);
  const labelled = ticks.filter(({ label }) => label !== undefined);

  test('has round labels from zero on', () => {
    expect(labelled[0]?.seconds).toBe(0);
    expect(labelled[1]?.label).toBe(firstLabel);
  });

  test('leaves each label its room', () => {
    const spacingPx = ((labelled[1]?.seconds ?? 0) / spanSeconds) * 1200;

    expect(spacingPx).toBeGreaterThanOrEqual(72);
    expect(labelled.length).toBeGreaterThanOrEqual(8);
  });

  test('ends within the span', () => {
    expect(ticks.at(-1)?.seconds).toBeLessThanOrEqual(spanSeconds + 1e-6);
  });
});

test('the ruler survives a lane that is not laid out yet', () => {
  expect(rulerTicks(7200, 0).length).toBeLessThan(10);
});
