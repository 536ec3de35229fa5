/**
 * The sound pass: core's own clip logic against an offline audio context that stops at every frame's time, with no
 * picture decoded. In segments, so that memory is bounded whatever the length.
 */
import * as core from '@diffusionstudio/core';
import type { Composed } from '../compose/composition';
import { forgetVisibleClips, shiftClips, withoutPicture } from '../core_internals';
import { frameCount } from '../frame_grid';
import { beginPass, throwIfCanceled } from '../passes';

const SAMPLE_RATE = 48_000;
const CHANNELS = 2;
const FORMAT = { numberOfChannels: CHANNELS, sampleRate: SAMPLE_RATE };
/** Whole seconds: 23 MB of samples. */
const SEGMENT_SECONDS = 60;
/** Whole seconds as well. */
const LEAD_SECONDS = 1;
const SLOWEST_UPDATES_PER_SECOND = 15;

export function hasSound({ composition }: Composed): boolean {
  return composition.layers.some(
    (layer) => !layer.disabled && layer.clips.some((clip) => !clip.disabled && isHeard(clip)),
  );
}

/** The composition's sound from zero to its end, one buffer a segment, without gaps. */
export async function* renderSound(
  composed: Composed,
  framesPerSecond: number,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): AsyncGenerator<AudioBuffer, void, unknown> {
  const { composition } = composed;
  const durationSeconds = composition.duration;
  beginPass(composed);
  for (let start = 0; start < durationSeconds; start += SEGMENT_SECONDS) {
    throwIfCanceled(signal);
    const length = Math.min(SEGMENT_SECONDS, durationSeconds - start);
    yield await renderSegment(composed, start, length, framesPerSecond, signal);
    onProgress(start + length, durationSeconds);
  }
  beginPass(composed);
}

/**
 * Clips are moved so that the segment begins at zero, where an offline context begins. It is begun a little early:
 * compressed sound decodes to noise for its first packet.
 */
async function renderSegment(
  composed: Composed,
  startSeconds: number,
  lengthSeconds: number,
  framesPerSecond: number,
  signal: AbortSignal,
): Promise<AudioBuffer> {
  const { composition } = composed;
  const leadSeconds = Math.min(LEAD_SECONDS, startSeconds);
  const from = startSeconds - leadSeconds;
  const length = leadSeconds + lengthSeconds;
  const frames = framesWithin(from, length, updatesPerSecond(framesPerSecond), composition.duration);
  shiftClips(composition, -from);
  try {
    const sound = await withoutPicture(composition.clips, () =>
      renderPaced(composed, length, frames, signal),
    );
    return withoutStart(sound, leadSeconds);
  } finally {
    shiftClips(composition, from);
    forgetVisibleClips(composition);
  }
}

function withoutStart(sound: AudioBuffer, seconds: number): AudioBuffer {
  if (seconds === 0) return sound;
  const skipped = seconds * SAMPLE_RATE;
  const rest = new AudioBuffer({ ...FORMAT, length: sound.length - skipped });
  for (let channel = 0; channel < CHANNELS; channel++) {
    rest.copyToChannel(sound.getChannelData(channel).subarray(skipped), channel);
  }
  return rest;
}

/** core schedules a tenth of a second ahead at each update; slower videos are heard in steps between their frames. */
function updatesPerSecond(framesPerSecond: number): number {
  return framesPerSecond * Math.ceil(SLOWEST_UPDATES_PER_SECOND / framesPerSecond);
}

/** Times of the frames in a segment, counted from its start. */
function framesWithin(start: number, length: number, framesPerSecond: number, duration: number): number[] {
  const first = Math.ceil(start * framesPerSecond - 1e-9);
  const end = Math.min(
    Math.ceil((start + length) * framesPerSecond - 1e-9),
    frameCount(duration, framesPerSecond),
  );
  return Array.from(
    { length: Math.max(0, end - first) },
    (_, index) => (first + index) / framesPerSecond - start,
  );
}

async function renderPaced(
  { composition }: Composed,
  lengthSeconds: number,
  times: readonly number[],
  signal: AbortSignal,
): Promise<AudioBuffer> {
  const length = Math.ceil(lengthSeconds * SAMPLE_RATE);
  const context = new OfflineAudioContext({ ...FORMAT, length });
  const renderer = new core.Renderer({ width: 2, height: 2, context });
  const heard = composition.clips.filter(isHeard);
  try {
    for (const clip of heard) await clip.initRenderer(renderer);
    return await renderWithStops(
      context,
      times,
      (seconds) => updateLayers(composition, renderer, seconds),
      signal,
    );
  } finally {
    for (const clip of heard) await clip.deinitRenderer(renderer);
  }
}

/**
 * Renders with a stop at each of *times*, the first of which is the start. At a stop the clips are already updated for
 * the time after it, as in core's own encode, where sound follows the picture by a frame: so the volume of a frame is
 * heard from that frame's time on, and no clip comes in late.
 */
async function renderWithStops(
  context: OfflineAudioContext,
  times: readonly number[],
  update: (seconds: number) => Promise<void>,
  signal: AbortSignal,
): Promise<AudioBuffer> {
  for (const seconds of times.slice(0, 2)) await update(seconds);
  let stop = stopAt(context, times[1]);
  const rendering = context.startRendering();
  for (const [index, seconds] of times.slice(2).entries()) {
    await stop;
    throwIfCanceled(signal);
    await update(seconds);
    stop = stopAt(context, times[index + 2]);
    await context.resume();
  }
  await stop;
  if (stop) await context.resume();
  return rendering;
}

function stopAt(context: OfflineAudioContext, seconds: number | undefined): Promise<void> | undefined {
  return seconds === undefined ? undefined : context.suspend(seconds);
}

async function updateLayers(
  composition: core.Composition,
  renderer: core.Renderer,
  seconds: number,
): Promise<void> {
  renderer.playbackOffset = seconds;
  for (const layer of composition.layers.toReversed()) await layer.update(renderer);
}

function isHeard(clip: core.Clip): boolean {
  return clip instanceof core.AudioClip && Boolean(clip.source?.audioTrack);
}
