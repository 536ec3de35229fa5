/** A composition as a model can read it. */
import * as core from '@diffusionstudio/core';
import type { ClipSummary, CompositionSummary, LayerSummary } from '../../protocol';
import { offlineRenderer } from '../core_internals';
import { animationFields, sourceFields, transitionFields } from './clip_times';
import type { RestingState } from './resting_state';
import { rounded } from './rounded';
import { type Size, warningsOf } from './warnings';

/** Half a percent is rounding to whole pixels. */
const UNSEEN_STRETCH = 0.005;

type Turned = Pick<core.VideoClip, 'rotation' | 'scaleX' | 'scaleY'>;

/** *resting* puts back what measuring at a clip's middle changes; *asked* is the size before core rounded it. */
export function summarize(
  composition: core.Composition,
  resting: RestingState,
  asked: Size,
): CompositionSummary {
  const renderer = offlineRenderer(composition);
  const layers = composition.layers.map((layer, index) => summarizeLayer(layer, index, renderer));
  resting.restore();
  const figures = {
    width: composition.width,
    height: composition.height,
    durationSeconds: rounded(composition.duration),
    background: composition.settings.background,
    layers,
  };
  return { ...figures, warnings: warningsOf(figures, composition, asked) };
}

function summarizeLayer(layer: core.Layer, index: number, renderer: core.Renderer): LayerSummary {
  return { index, mode: layer.mode, clips: layer.clips.map((clip) => summarizeClip(clip, layer, renderer)) };
}

function summarizeClip(clip: core.Clip, layer: core.Layer, renderer: core.Renderer): ClipSummary {
  return {
    type: clip.type,
    startSeconds: rounded(clip.start),
    endSeconds: rounded(clip.end),
    ...(clip.source && clip.source.name !== '' && { asset: clip.source.name }),
    ...textFields(clip),
    ...visualFields(clip, renderer),
    ...soundFields(clip),
    ...sourceFields(clip),
    ...animationFields(clip),
    ...transitionFields(clip),
    ...((clip.disabled || layer.disabled) && { disabled: true }),
  };
}

function textFields(clip: core.Clip): Partial<ClipSummary> {
  if (clip instanceof core.TextClip)
    return { text: fullText(clip), fontSize: clip.font.size, color: clip.color };
  if (clip instanceof core.CaptionClip) {
    const words = clip.source?.transcript.flatMap((group) => group.words.map((word) => word.text)) ?? [];
    return { text: words.join(' '), fontSize: clip.font.size, color: clip.color };
  }
  if (clip instanceof core.ShapeClip) return { color: clip.fill };
  return {};
}

/** A text that types itself begins empty: the longest of its keyframes is what it is about. */
export function fullText({ text, animations }: core.TextClip): string {
  const states = animations
    .filter((animation) => animation.key === 'text')
    .flatMap((animation) => animation.frames.map((frame) => String(frame.value)));
  return [text, ...states].reduce((longest, state) => (state.length > longest.length ? state : longest));
}

function visualFields(clip: core.Clip, renderer: core.Renderer): Partial<ClipSummary> {
  if (!core.isVisualMixinInstance(clip)) return {};
  const opacity = clip.opacity;
  measureAtMiddle(clip, renderer);
  const xs = clip.bounds.map((corner) => corner.x);
  const ys = clip.bounds.map((corner) => corner.y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return {
    box: {
      x: rounded(x),
      y: rounded(y),
      width: rounded(Math.max(...xs) - x),
      height: rounded(Math.max(...ys) - y),
    },
    opacity,
    ...shapeFields(clip),
    ...(clip.filter !== 'none' && clip.filter !== '' && { filter: clip.filter }),
  };
}

/** How a clip is turned and in which shape it is shown; nothing for one that is shown as it was filmed. */
function shapeFields(clip: core.Clip & Turned): Partial<ClipSummary> {
  const rotation = rounded(clip.rotation % 360);
  const flipped = flipOf(clip);
  const stretch = clip instanceof core.VideoClip || clip instanceof core.ImageClip ? stretchOf(clip) : 1;
  return {
    ...(rotation !== 0 && { rotation }),
    ...(flipped && { flipped }),
    ...(Math.abs(stretch - 1) > UNSEEN_STRETCH && { stretch }),
  };
}

function flipOf({ scaleX, scaleY }: Turned): ClipSummary['flipped'] {
  if (scaleX < 0 && scaleY < 0) return 'both';
  if (scaleX < 0) return 'horizontal';
  return scaleY < 0 ? 'vertical' : undefined;
}

function stretchOf(clip: core.VideoClip | core.ImageClip): number {
  const { width, height } = clip.size;
  const filmed = clip.source?.aspectRatio;
  if (!filmed || !width || !height || !clip.scaleX || !clip.scaleY) return 1;
  return rounded(Math.abs((width * clip.scaleX) / (height * clip.scaleY)) / filmed);
}

/** Puts the clip into its middle; text knows its size only after it has been drawn. */
function measureAtMiddle(
  clip: { start: number; end: number; animate(time: number): void },
  renderer: core.Renderer,
): void {
  const middle = (clip.start + clip.end) / 2;
  clip.animate(middle);
  if (!(clip instanceof core.TextClip || clip instanceof core.CaptionClip)) return;
  renderer.playbackOffset = middle;
  clip.render(renderer);
}

function soundFields(clip: core.Clip): Partial<ClipSummary> {
  if (!(clip instanceof core.AudioClip) || !clip.source?.audioTrack) return {};
  const { fadeInDurationSeconds: fadeIn, fadeOutDurationSeconds: fadeOut } = clip;
  return {
    volume: rounded(clip.baseVolume * clip.volume),
    ...peakOf(clip),
    muted: clip.muted,
    ...(fadeIn > 0 && { fadeInSeconds: rounded(fadeIn) }),
    ...(fadeOut > 0 && { fadeOutSeconds: rounded(fadeOut) }),
  };
}

function peakOf({ animations, baseVolume }: core.AudioClip): Pick<ClipSummary, 'peakVolume'> {
  const levels = animations
    .filter((animation) => animation.key === 'volume')
    .flatMap((animation) => animation.frames.map((frame) => Number(frame.value)));
  return levels.length > 0 ? { peakVolume: rounded(baseVolume * Math.max(...levels)) } : {};
}
