/** What looks wrong in a composition that runs. */
import * as core from '@diffusionstudio/core';
import { isFontAvailable, standInFor } from '../../fonts/library';
import type { ClipSummary, CompositionSummary, Warning } from '../../protocol';

const FRAME_SECONDS = 1 / 30;
/** A pixel or two of rounding is no fault. */
const EDGE_PIXELS = 2;
const VISIBLE_TYPES = new Set(['VIDEO', 'IMAGE', 'TEXT', 'CAPTION', 'RECT', 'ELLIPSE', 'POLYGON']);

type Figures = Omit<CompositionSummary, 'warnings'>;

export interface Size {
  width: number;
  height: number;
}

/** *asked*: the size the program set, before core rounded it. */
export function warningsOf(figures: Figures, composition: core.Composition, asked: Size): Warning[] {
  return [
    ...clipWarnings(figures),
    ...fontWarnings(composition),
    ...sizeWarnings(figures, asked),
    ...gapWarnings(figures),
  ];
}

function clipWarnings(figures: Figures): Warning[] {
  return figures.layers.flatMap((layer) =>
    layer.clips.flatMap((summary, clip) => {
      if (summary.disabled) return [];
      const found = [timeWarning(summary, figures.durationSeconds), frameWarning(summary, figures)];
      return found
        .filter((warning) => warning !== undefined)
        .map((warning) => ({ ...warning, layer: layer.index, clip }));
    }),
  );
}

function timeWarning(clip: ClipSummary, durationSeconds: number): Warning | undefined {
  const { startSeconds, endSeconds } = clip;
  const span = `runs from ${startSeconds} s to ${endSeconds} s`;
  if (endSeconds - startSeconds < FRAME_SECONDS / 2) {
    return { code: 'zero_length', message: `${nameOf(clip)} ${span} and is never shown` };
  }
  if (startSeconds < -FRAME_SECONDS / 2 || endSeconds > durationSeconds + FRAME_SECONDS / 2) {
    return {
      code: 'past_end',
      message: `${nameOf(clip)} ${span}, outside the video's 0 s to ${durationSeconds} s`,
    };
  }
  return undefined;
}

function frameWarning(clip: ClipSummary, { width, height }: Figures): Warning | undefined {
  const { box, type } = clip;
  if (!box) return undefined;
  const where = `${nameOf(clip)} spans x ${box.x} to ${box.x + box.width}, y ${box.y} to ${box.y + box.height} in a frame of ${width}x${height}`;
  const gone = box.x >= width || box.y >= height || box.x + box.width <= 0 || box.y + box.height <= 0;
  if (gone) return { code: 'clip_outside_frame', message: `${where}: it is never seen` };
  if (type !== 'TEXT' && type !== 'CAPTION') return undefined;
  const cut =
    box.x < -EDGE_PIXELS ||
    box.y < -EDGE_PIXELS ||
    box.x + box.width > width + EDGE_PIXELS ||
    box.y + box.height > height + EDGE_PIXELS;
  return cut ? { code: 'text_outside_frame', message: `${where}: part of the text is cut off` } : undefined;
}

function fontWarnings(composition: core.Composition): Warning[] {
  return composition.layers.flatMap((layer, layerIndex) =>
    layer.clips.flatMap((clip, clipIndex) => {
      if (!(clip instanceof core.TextClip || clip instanceof core.CaptionClip)) return [];
      const message = fontFault(clip.font.family);
      return message === undefined
        ? []
        : [{ code: 'missing_font' as const, message, layer: layerIndex, clip: clipIndex }];
    }),
  );
}

function fontFault(family: string): string | undefined {
  const standIn = standInFor(family);
  if (standIn !== undefined) return `The font ${family} is not shipped; ${standIn} is drawn in its place`;
  if (isFontAvailable(family)) return undefined;
  return `The font ${family} is not available here; the browser's default is drawn in its place`;
}

/** core rounds an odd size to the next even one, which is what encoders take. */
function sizeWarnings({ width, height }: Figures, asked: Size): Warning[] {
  if (asked.width === width && asked.height === height) return [];
  const message = `${asked.width}x${asked.height} was asked for; encoders take even sizes, so it is ${width}x${height}`;
  return [{ code: 'odd_size', message }];
}

/** Stretches of the video in which only the background is seen. */
function gapWarnings({ layers, durationSeconds }: Figures): Warning[] {
  const shown = layers
    .flatMap((layer) => layer.clips)
    .filter((clip) => VISIBLE_TYPES.has(clip.type) && !clip.disabled)
    .toSorted((a, b) => a.startSeconds - b.startSeconds);
  const gaps: [number, number][] = [];
  let coveredTo = 0;
  for (const { startSeconds, endSeconds } of shown) {
    if (startSeconds > coveredTo + FRAME_SECONDS) gaps.push([coveredTo, startSeconds]);
    coveredTo = Math.max(coveredTo, endSeconds);
  }
  if (durationSeconds > coveredTo + FRAME_SECONDS) gaps.push([coveredTo, durationSeconds]);
  return gaps.map(([from, to]) => ({
    code: 'no_visible_clip',
    message: `Nothing but the background is seen from ${from} s to ${to} s`,
  }));
}

function nameOf(clip: ClipSummary): string {
  const label = clip.text ?? clip.asset;
  return label === undefined
    ? `The ${clip.type} clip`
    : `The ${clip.type} clip ${JSON.stringify(label.slice(0, 40))}`;
}
