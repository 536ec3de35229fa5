/**
 * The private parts of core 4.0.3 that the page reaches into, and why; everything else uses core's public face.
 * core's version is pinned for the sake of this file.
 */
import * as core from '@diffusionstudio/core';

/** The frame source of one video clip for one renderer. */
export interface VideoDecoderInternals {
  canvasSink: {
    canvasesAtTimestamps(times: Iterable<number>): AsyncGenerator<DecodedCanvas | null, void, unknown>;
  };
  seekTo(seconds: number): Promise<void>;
  getBestFrameFor(seconds: number): DecodedCanvas | null;
  reset(): void;
}

export interface DecodedCanvas {
  canvas: HTMLCanvasElement | OffscreenCanvas;
  timestamp: number;
  duration: number;
}

/** Sampling replaces how a clip's frames are fetched (`sample/planned_decoder.ts`). */
export function videoDecoderOf(clip: core.VideoClip, renderer: core.Renderer): VideoDecoderInternals {
  const { videoDecoders } = clip as unknown as {
    videoDecoders: WeakMap<core.Renderer, VideoDecoderInternals>;
  };
  const decoder = videoDecoders.get(renderer);
  if (!decoder) throw new Error('Expected an initialised video clip');
  return decoder;
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
export function watchResize(composition: core.Composition, onResize: (width: number, height: number) => void): void {
  const { renderer } = composition;
  const resize = renderer.resize.bind(renderer);
  renderer.resize = (width, height, resolution) => {
    if (width !== undefined && height !== undefined) onResize(width, height);
    return resize(width, height, resolution);
  };
}

/** The loop of the interactive renderer calls this; the preview waits for it before a pass takes the layers. */
export function wrapRedraw(composition: core.Composition, wrap: (redraw: () => Promise<void>) => Promise<void>): void {
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

/** Runs *work* while clips get no sound decoder, which core's picture path asks for and does not need. */
export async function withoutSound<Result>(work: () => Promise<Result>): Promise<Result> {
  const { initRenderer } = core.AudioClip.prototype;
  core.AudioClip.prototype.initRenderer = async () => {};
  try {
    return await work();
  } finally {
    core.AudioClip.prototype.initRenderer = initRenderer;
  }
}

/** Runs *work* while video clips are heard and not decoded: they act as the audio clips they inherit from. */
export async function withoutPicture<Result>(clips: core.Clip[], work: () => Promise<Result>): Promise<Result> {
  const videos = clips.filter((clip) => clip instanceof core.VideoClip);
  const { initRenderer, update, ambientUpdate, exit, deinitRenderer } = core.AudioClip.prototype;
  for (const clip of videos) Object.assign(clip, { initRenderer, update, ambientUpdate, exit, deinitRenderer });
  try {
    return await work();
  } finally {
    for (const clip of videos) {
      for (const name of ['initRenderer', 'update', 'ambientUpdate', 'exit', 'deinitRenderer'] as const) {
        Reflect.deleteProperty(clip, name);
      }
    }
  }
}
