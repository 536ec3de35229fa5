/**
 * Frames for the encoder out of a ring of canvases, for browsers without a GPU. The encoder holds on to a frame for a
 * while, and as long as it does, the canvas the frame was taken from draws into newly allocated memory: at 1080p that
 * is 8 MB a frame to be mapped and cleared, a tenth of all processor time of a render (measured on two cores: 4.5 s in
 * place of 5.0 s for 150 frames). What a canvas of the ring held has been let go of by the time its turn comes again.
 */
import { hasGpu } from '../gpu';

/** As many frames as the encoder was seen to hold, and some; with six canvases the ring gained nothing. */
const CANVASES = 14;
/** Beyond 1080p the ring would take more memory than it is worth. */
const MOST_PIXELS = 1920 * 1088;

/** Runs *work*; frames made of canvas elements meanwhile are made of equal copies. */
export async function withCanvasRing<Result>(work: () => Promise<Result>): Promise<Result> {
  if (hasGpu()) return work();
  const direct = globalThis.VideoFrame;
  const ring = new CanvasRing();
  globalThis.VideoFrame = new Proxy(direct, {
    construct: (Frame, [source, init]: [CanvasImageSource, VideoFrameInit?]) =>
      new Frame(
        source instanceof HTMLCanvasElement && ring.hasRoomFor(source) ? ring.copyOf(source) : source,
        init,
      ),
  });
  try {
    return await work();
  } finally {
    globalThis.VideoFrame = direct;
  }
}

class CanvasRing {
  private readonly canvases: OffscreenCanvas[] = [];
  private turn = 0;

  hasRoomFor({ width, height }: HTMLCanvasElement): boolean {
    return width * height <= MOST_PIXELS;
  }

  copyOf(source: HTMLCanvasElement): OffscreenCanvas {
    const canvas = this.next(source.width, source.height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('Expected a 2D context');
    // Replaces every pixel, transparent ones too.
    context.globalCompositeOperation = 'copy';
    context.drawImage(source, 0, 0);
    return canvas;
  }

  private next(width: number, height: number): OffscreenCanvas {
    this.turn = (this.turn + 1) % CANVASES;
    const known = this.canvases[this.turn];
    if (known?.width === width && known.height === height) return known;
    const made = new OffscreenCanvas(width, height);
    this.canvases[this.turn] = made;
    return made;
  }
}
