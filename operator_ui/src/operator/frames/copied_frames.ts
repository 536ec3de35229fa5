/**
 * Frames by way of their pixels, for browsers without a GPU: there, drawing a `VideoFrame` takes twice the time of
 * copying it, and the copy runs beside the page's thread.
 */
import { type InputVideoTrack, type VideoSample, VideoSampleSink } from 'mediabunny';
import type { OpenFrame, OpenFrames } from './open_frames';

/** What browsers copy as RGBA; deeper formats are drawn. */
const COPYABLE = new Set<VideoPixelFormat | null>([
  'I420',
  'I420A',
  'I422',
  'I444',
  'NV12',
  'RGBA',
  'RGBX',
  'BGRA',
  'BGRX',
]);

/** Formats without transparency, which are blitted instead of blended. */
const OPAQUE = new Set<VideoPixelFormat | null>(['I420', 'I422', 'I444', 'NV12', 'RGBX', 'BGRX']);

interface Copy {
  timestamp: number;
  isOpaque: boolean;
  picture: Promise<ImageData> | VideoFrame;
}

/** One copy is under way while the frame before it is drawn. */
export async function* copiedFrames(track: InputVideoTrack, times: readonly number[]): OpenFrames {
  const screens = { opaque: new Screen(false), blended: new Screen(true) };
  const show = (copy: Copy | null): Promise<OpenFrame | null> =>
    (copy?.isOpaque ? screens.opaque : screens.blended).show(copy);
  const buffers = new AlternatingBuffers();
  let ahead: Copy | null | undefined;
  for await (using sample of new VideoSampleSink(track).samplesAtTimestamps(times)) {
    const copy = sample?.timestamp === ahead?.timestamp ? ahead : sample && startCopy(sample, buffers);
    if (ahead !== undefined) yield await show(ahead);
    ahead = copy ?? null;
  }
  if (ahead !== undefined) yield await show(ahead);
}

function startCopy(sample: VideoSample, buffers: AlternatingBuffers): Copy {
  const { timestamp } = sample;
  const frame = sample.toVideoFrame();
  const isOpaque = OPAQUE.has(frame.format);
  if (!COPYABLE.has(frame.format)) return { timestamp, isOpaque, picture: frame };
  const picture = copyPixels(frame, buffers.next(frame.displayWidth, frame.displayHeight));
  // Where the clip ends first, nobody awaits the last copy.
  picture.catch(() => {});
  return { timestamp, isOpaque, picture };
}

async function copyPixels(frame: VideoFrame, pixels: ImageData): Promise<ImageData> {
  try {
    await frame.copyTo(pixels.data, { format: 'RGBA' });
    return pixels;
  } finally {
    frame.close();
  }
}

/** Two, for the frame that is shown next and the one that is copied meanwhile. */
class AlternatingBuffers {
  private readonly buffers: ImageData[] = [];
  private turn = 0;

  next(width: number, height: number): ImageData {
    this.turn = 1 - this.turn;
    const known = this.buffers[this.turn];
    if (known?.width === width && known.height === height) return known;
    const made = new ImageData(width, height);
    this.buffers[this.turn] = made;
    return made;
  }
}

/** The canvas that core draws from; a frame that is shown again is not put there again. */
class Screen {
  private readonly canvas = new OffscreenCanvas(1, 1);
  private readonly context: OffscreenCanvasRenderingContext2D | null;
  private shown: Copy | undefined;

  constructor(alpha: boolean) {
    this.context = this.canvas.getContext('2d', { alpha, willReadFrequently: true });
  }

  async show(copy: Copy | null): Promise<OpenFrame | null> {
    if (!copy) return null;
    if (copy !== this.shown) this.put(await copy.picture);
    this.shown = copy;
    return { canvas: this.canvas, close: () => {} };
  }

  private put(picture: ImageData | VideoFrame): void {
    if (picture instanceof ImageData) {
      this.resize(picture.width, picture.height);
      this.context?.putImageData(picture, 0, 0);
      return;
    }
    this.resize(picture.displayWidth, picture.displayHeight);
    this.context?.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.context?.drawImage(picture, 0, 0);
    picture.close();
  }

  private resize(width: number, height: number): void {
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
  }
}
