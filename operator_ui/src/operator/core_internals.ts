/**
 * The private parts of core 4.0.3 that the page reaches into, and why; everything else uses core's public face.
 * core's version is pinned for the sake of this file.
 */
import * as core from '@diffusionstudio/core';

/** Where a video clip has its frames from, for one renderer. */
export interface ClipFrames {
  /** Resolves when the frame at *seconds* of the footage is there. */
  seekTo(seconds: number): Promise<void>;
  getBestFrameFor(seconds: number): DrawableFrame | null;
  reset(): void;
}

/** What core draws: it takes `canvas` for the image, whatever its kind. */
export interface DrawableFrame {
  canvas: CanvasImageSource;
}

/** A clip keeps one decoder for each renderer; the passes bring their own (`frames/planned_frames.ts`). */
export function setClipFrames(clip: core.VideoClip, renderer: core.Renderer, frames: ClipFrames): void {
  const { videoDecoders } = clip as unknown as { videoDecoders: WeakMap<core.Renderer, ClipFrames> };
  videoDecoders.set(renderer, frames);
}

/** The clips a layer showed last, which it leaves when they end; shared by all renderers of the layer. */
export function forgetVisibleClips(composition: core.Composition): void {
  for (const layer of composition.layers) {
    const internals = layer as unknown as { visibleClips: Set<core.Clip>; currentMainClipIndex: number };
    internals.visibleClips.clear();
    internals.currentMainClipIndex = -1;
  }
}

/**
 * Moves every clip in time without the layers' rules, which would re-order them. The sound pass does so to begin a
 * segment at zero; *seconds* must be whole, because core floors the middle of a transition.
 */
export function shiftClips(composition: core.Composition, seconds: number): void {
  for (const clip of composition.clips) clip._delay += seconds;
}

/** Stops core from redrawing its interactive canvas, decoding for it, whenever a clip is added. */
export function silenceRedraw(composition: core.Composition): void {
  Object.defineProperty(composition, 'update', { value: async () => {}, configurable: true });
}

/** Calls back with each size a program sets, before core rounds it to an even one. */
export function watchResize(
  composition: core.Composition,
  onResize: (width: number, height: number) => void,
): void {
  const { renderer } = composition;
  const resize = renderer.resize.bind(renderer);
  renderer.resize = (width, height, resolution) => {
    if (width !== undefined && height !== undefined) onResize(width, height);
    return resize(width, height, resolution);
  };
}

/** The loop of the interactive renderer calls this; the preview waits for it before a pass takes the layers. */
export function wrapRedraw(
  composition: core.Composition,
  wrap: (redraw: () => Promise<void>) => Promise<void>,
): void {
  const internals = composition.renderer as unknown as { callback: () => Promise<void> };
  const redraw = internals.callback;
  internals.callback = () => wrap(redraw);
}

export function setLicenseKey(composition: core.Composition, licenseKey: string | null): void {
  Object.assign(composition, { licenseKey });
}

/** A renderer as the encoder makes it: an offline audio context is what makes core wait for exact frames. */
export function offlineRenderer(composition: core.Composition, resolution = 1): core.Renderer {
  const context = new OfflineAudioContext({ numberOfChannels: 1, length: 1, sampleRate: 8000 });
  return new core.Renderer({ ...composition.settings, resolution, context });
}

/** Calls back with the renderer that *encoder* makes when it begins. */
export function onRendererMade(encoder: core.Encoder, onMade: (renderer: core.Renderer) => void): void {
  let made: core.Renderer | undefined;
  Object.defineProperty(encoder, 'renderer', {
    get: () => made,
    set: (renderer: core.Renderer | undefined) => {
      made = renderer;
      if (renderer) onMade(renderer);
    },
  });
}

/** Everything is drawn through this one field; that of an offscreen canvas draws the same. */
export function setDrawingContext(renderer: core.Renderer, context: OffscreenCanvasRenderingContext2D): void {
  Object.assign(renderer, { videoCtx: context });
}

/** Runs *work* while each of *clips* has methods of its own in place of its class's. */
export async function replacingClipMethods<Clip extends core.Clip, Result>(
  clips: readonly Clip[],
  methodsOf: (clip: Clip) => Partial<Clip>,
  work: () => Promise<Result>,
): Promise<Result> {
  const replaced = clips.map((clip) => [clip, methodsOf(clip)] as const);
  for (const [clip, methods] of replaced) Object.assign(clip, methods);
  try {
    return await work();
  } finally {
    for (const [clip, methods] of replaced)
      for (const name of Object.keys(methods)) Reflect.deleteProperty(clip, name);
  }
}

/** Runs *work* while video clips are heard and not decoded: they act as the audio clips they inherit from. */
export function withoutPicture<Result>(
  clips: readonly core.Clip[],
  work: () => Promise<Result>,
): Promise<Result> {
  const { initRenderer, update, ambientUpdate, exit, deinitRenderer } = core.AudioClip.prototype;
  const videos = clips.filter((clip) => clip instanceof core.VideoClip);
  return replacingClipMethods(
    videos,
    () => ({ initRenderer, update, ambientUpdate, exit, deinitRenderer }),
    work,
  );
}

/** How a preset of two lines shares a group of words out between them. */
interface HalvingPreset {
  splitSequence(words: core.WordGroup): core.WordGroup[];
}

/** PAPER and GUINEA throw on a word that stands alone: it has no second half. This gives it one that is never spoken. */
export function giveLoneWordsASecondHalf(): void {
  const nothing = { text: '', start: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY };
  for (const { prototype } of [core.PaperCaptionPreset, core.GuineaCaptionPreset]) {
    const preset = prototype as unknown as HalvingPreset;
    const halve = preset.splitSequence;
    preset.splitSequence = (words) => (words.length > 1 ? halve.call(preset, words) : [words, [nothing]]);
  }
}
