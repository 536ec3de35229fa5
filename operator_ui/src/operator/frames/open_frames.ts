/** Decoded frames in the form that is cheapest to draw here; all forms give the same pixels. */
import { CanvasSink, type InputVideoTrack, VideoSampleSink } from 'mediabunny';
import type { DrawableFrame } from '../core_internals';
import { hasGpu } from '../gpu';
import { copiedFrames } from './copied_frames';

/** Drawable until the next one is asked for. */
export interface OpenFrame extends DrawableFrame {
  close(): void;
}

/** One item for each of the times asked for; null before the first frame. */
export type OpenFrames = AsyncGenerator<OpenFrame | null, void, unknown>;

export function openFrames(track: InputVideoTrack, times: readonly number[]): OpenFrames {
  if (!isDrawnAsDecoded(track)) return turnedFrames(track, times);
  return hasGpu() ? decodedFrames(track, times) : copiedFrames(track, times);
}

/** Without rotation and with square pixels, as nearly every file, the decoder's frame is what is to be drawn. */
function isDrawnAsDecoded(track: InputVideoTrack): boolean {
  return (
    track.rotation === 0 &&
    track.displayWidth === track.codedWidth &&
    track.displayHeight === track.codedHeight
  );
}

async function* turnedFrames(track: InputVideoTrack, times: readonly number[]): OpenFrames {
  for await (const wrapped of new CanvasSink(track, { poolSize: 2, fit: 'contain' }).canvasesAtTimestamps(
    times,
  )) {
    yield wrapped && { canvas: wrapped.canvas, close: () => {} };
  }
}

/** A GPU draws the decoder's frame where it is. */
async function* decodedFrames(track: InputVideoTrack, times: readonly number[]): OpenFrames {
  for await (using sample of new VideoSampleSink(track).samplesAtTimestamps(times)) {
    yield sample && heldFrame(sample.toVideoFrame());
  }
}

function heldFrame(frame: VideoFrame): OpenFrame {
  return { canvas: frame, close: () => frame.close() };
}
