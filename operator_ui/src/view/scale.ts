import type { ClipSummary, CompositionSummary } from '../protocol';

/** How much of a composition's length may be shown after its end, for clips that reach beyond it. */
const BEYOND_END = 1.2;
const SHORTEST_SPAN_SECONDS = 0.1;

/** A frame of 60 fps is 17 ms: less than that after the end is rounding, not a clip past the end. */
const END_TOLERANCE_SECONDS = 0.01;

const MOST_PIXELS_PER_SECOND = 400;
const WIDEST_LANE_PX = 30_000;

/** Seconds from the left to the right edge of the timeline. */
export function timelineSpan(summary: CompositionSummary): number {
  const ends = summary.layers.flatMap((layer) => layer.clips.map((clip) => clip.endSeconds));
  const furthest = Math.max(0, ...ends.filter(Number.isFinite));
  const longest = summary.durationSeconds > 0 ? summary.durationSeconds * BEYOND_END : furthest;
  return Math.max(SHORTEST_SPAN_SECONDS, summary.durationSeconds, Math.min(furthest, longest));
}

/** Where a moment lies on the timeline: 0 is its left edge, 1 its right edge. */
export function timeToFraction(seconds: number, spanSeconds: number): number {
  return Math.min(1, Math.max(0, seconds / spanSeconds));
}

export interface ClipPlace {
  readonly left: number;
  readonly width: number;
  readonly zeroLength: boolean;
  readonly pastEnd: boolean;
}

/** The bar of a clip in fractions of the timeline; a clip that never ends reaches the right edge. */
export function placeClip(clip: ClipSummary, durationSeconds: number, spanSeconds: number): ClipPlace {
  const left = timeToFraction(clip.startSeconds, spanSeconds);
  const right = Number.isFinite(clip.endSeconds) ? timeToFraction(clip.endSeconds, spanSeconds) : 1;
  return {
    left,
    width: Math.max(0, right - left),
    zeroLength: clip.endSeconds <= clip.startSeconds,
    pastEnd: Number.isFinite(clip.endSeconds) && clip.endSeconds > durationSeconds + END_TOLERANCE_SECONDS,
  };
}

/** The largest useful magnification: no wider than a browser draws well, no finer than frames. */
export function largestZoom(spanSeconds: number, fittedWidthPx: number): number {
  const widest = Math.min(WIDEST_LANE_PX, spanSeconds * MOST_PIXELS_PER_SECOND);
  return Math.max(1, widest / Math.max(1, fittedWidthPx));
}

/** Leaves out moments that would be drawn closer than `gapPx` to the one before. */
export function apart(
  times: readonly number[],
  spanSeconds: number,
  widthPx: number,
  gapPx: number,
): number[] {
  const gapSeconds = (gapPx * spanSeconds) / Math.max(1, widthPx);
  const kept: number[] = [];
  for (const time of times) {
    const last = kept.at(-1);
    if (last === undefined || time - last >= gapSeconds) kept.push(time);
  }
  return kept;
}
