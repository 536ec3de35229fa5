/**
 * The encoder's pictures out of a ring of canvases, for browsers without a GPU. The encoder holds on to a frame for a
 * while, and as long as it does, the canvas the frame was taken from draws into newly allocated memory: at 1080p that
 * is 8 MB a frame to be mapped and cleared. What a canvas of the ring held has been let go of by the time its turn
 * comes again. Measured on two cores, 150 frames: 4.5 s of processor time in place of 5.0 s.
 */
import type * as core from '@diffusionstudio/core';
import { onRendererMade, setDrawingContext } from '../core_internals';
import { hasGpu } from '../gpu';

/** About as many frames as the encoder was seen to hold; with twenty canvases the ring gained nothing. */
const CANVASES = 10;
/** Beyond 1080p the ring would take more memory than it is worth. */
const MOST_PIXELS = 1920 * 1088;

/** Runs *work*, in which *encoder* renders; each picture is drawn on the next canvas and encoded from there. */
export async function withCanvasRing<Result>(
  encoder: core.Encoder,
  work: () => Promise<Result>,
): Promise<Result> {
  if (hasGpu()) return work();
  const direct = globalThis.VideoFrame;
  let ring: CanvasRing | undefined;
  onRendererMade(encoder, (renderer) => {
    const { width, height } = renderer.canvas;
    if (width * height <= MOST_PIXELS) ring = new CanvasRing(renderer);
  });
  globalThis.VideoFrame = new Proxy(direct, {
    construct: (Frame, [source, init]: [CanvasImageSource, VideoFrameInit?]) =>
      new Frame(ring?.pictureOn(source) ?? source, init),
  });
  try {
    return await work();
  } finally {
    globalThis.VideoFrame = direct;
  }
}

class CanvasRing {
  private readonly contexts: OffscreenCanvasRenderingContext2D[];
  private readonly own: HTMLCanvasElement;
  private turn = 0;
  private current: OffscreenCanvas | undefined;

  /** *renderer* draws on the next canvas whenever it begins a picture. */
  constructor(renderer: core.Renderer) {
    this.own = renderer.canvas;
    const { width, height } = this.own;
    this.contexts = Array.from({ length: CANVASES }, () => contextOf(new OffscreenCanvas(width, height)));
    const clear = renderer.clear.bind(renderer);
    renderer.clear = (area) => {
      if (!area) this.advance(renderer);
      return clear(area);
    };
  }

  /** Where the picture is that was drawn for *source*, if that is the renderer's own canvas. */
  pictureOn(source: CanvasImageSource): OffscreenCanvas | undefined {
    return source === this.own ? this.current : undefined;
  }

  private advance(renderer: core.Renderer): void {
    this.turn = (this.turn + 1) % CANVASES;
    const context = this.contexts[this.turn];
    if (!context) return;
    setDrawingContext(renderer, context);
    this.current = context.canvas;
  }
}

/** As core sets up its own. */
function contextOf(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('Expected a 2D context');
  context.imageSmoothingEnabled = false;
  return context;
}
