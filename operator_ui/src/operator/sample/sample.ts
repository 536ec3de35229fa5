/** Frames of a composition as JPEG, drawn the way the encoder draws them. */
import * as core from '@diffusionstudio/core';
import type { SampledFrame, SampleRequest } from '../../protocol';
import { encodeBase64 } from '../base64';
import type { Composed } from '../compose/composition';
import { offlineRenderer, withoutSound } from '../core_internals';
import { beginPass, drawFrame, throwIfCanceled } from '../passes';
import { planFrames } from './planned_decoder';
import { DEFAULT_FRAME_RATE, sampledFrames } from './times';

const DEFAULT_WIDTH = 640;
const JPEG_QUALITY = 0.85;
/** JPEGs being encoded while the next frames are drawn. */
const MOST_PENDING = 4;

export async function sampleFrames(
  composed: Composed,
  request: SampleRequest,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<SampledFrame[]> {
  const { composition } = composed;
  const frameRate = request.frameRate ?? DEFAULT_FRAME_RATE;
  const indexes = sampledFrames(request, composition.duration);
  const times = indexes.map((index) => index / frameRate);
  const renderer = offlineRenderer(composition);
  const frames: Promise<SampledFrame>[] = [];
  beginPass(composed);
  try {
    await initRenderer(composition, renderer, times);
    for (const [position, frameIndex] of indexes.entries()) {
      throwIfCanceled(signal);
      const timestampSeconds = frameIndex / frameRate;
      await drawFrame(composed, renderer, timestampSeconds);
      const small = shrink(renderer.canvas, request.width ?? DEFAULT_WIDTH);
      frames.push(jpeg(small).then((picture) => ({ timestampSeconds, frameIndex, ...picture })));
      await frames.at(-MOST_PENDING);
      onProgress(position + 1, indexes.length);
    }
    return await Promise.all(frames);
  } finally {
    for (const clip of composition.clips) await clip.deinitRenderer(renderer);
    beginPass(composed);
  }
}

async function initRenderer(composition: core.Composition, renderer: core.Renderer, times: number[]): Promise<void> {
  await withoutSound(async () => {
    for (const clip of composition.clips) await clip.initRenderer(renderer);
  });
  for (const clip of composition.clips) if (clip instanceof core.VideoClip) planFrames(clip, renderer, times);
}

function shrink(canvas: HTMLCanvasElement, wantedWidth: number): OffscreenCanvas {
  const width = Math.max(1, Math.min(Math.round(wantedWidth), canvas.width));
  const height = Math.max(1, Math.round((canvas.height * width) / canvas.width));
  const small = new OffscreenCanvas(width, height);
  const context = small.getContext('2d');
  if (!context) throw new Error('Expected a 2D context');
  context.imageSmoothingQuality = 'medium';
  context.drawImage(canvas, 0, 0, width, height);
  return small;
}

async function jpeg(canvas: OffscreenCanvas): Promise<Pick<SampledFrame, 'width' | 'height' | 'jpegBase64'>> {
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: JPEG_QUALITY });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return { width: canvas.width, height: canvas.height, jpegBase64: encodeBase64(bytes) };
}
