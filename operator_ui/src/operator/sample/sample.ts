/** Frames of a composition as JPEG, drawn the way the encoder draws them. */
import type { SampledFrame, SampleRequest } from '../../protocol';
import { encodeBase64 } from '../base64';
import type { Composed } from '../compose/composition';
import { offlineRenderer } from '../core_internals';
import { withPlannedFrames } from '../frames/picture_only';
import { beginPass, drawFrame, throwIfCanceled } from '../passes';
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
  return withPlannedFrames(composition, times, async () => {
    const pictures: Promise<Jpeg>[] = [];
    for await (const canvas of drawnFrames(composed, times)) {
      throwIfCanceled(signal);
      pictures.push(jpeg(shrink(canvas, request.width ?? DEFAULT_WIDTH)));
      await pictures.at(-MOST_PENDING);
      onProgress(pictures.length, indexes.length);
    }
    const encoded = await Promise.all(pictures);
    return encoded.map((picture, at) => ({
      timestampSeconds: times[at] ?? 0,
      frameIndex: indexes[at] ?? 0,
      ...picture,
    }));
  });
}

/** The composition's canvas once for each of *times*; its content goes with the next one. */
async function* drawnFrames(
  composed: Composed,
  times: readonly number[],
): AsyncGenerator<HTMLCanvasElement, void> {
  const { clips } = composed.composition;
  const renderer = offlineRenderer(composed.composition);
  beginPass(composed);
  try {
    for (const clip of clips) await clip.initRenderer(renderer);
    for (const seconds of times) {
      await drawFrame(composed, renderer, seconds);
      yield renderer.canvas;
    }
  } finally {
    for (const clip of clips) await clip.deinitRenderer(renderer);
    beginPass(composed);
  }
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

type Jpeg = Pick<SampledFrame, 'width' | 'height' | 'jpegBase64'>;

async function jpeg(canvas: OffscreenCanvas): Promise<Jpeg> {
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: JPEG_QUALITY });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return { width: canvas.width, height: canvas.height, jpegBase64: encodeBase64(bytes) };
}
