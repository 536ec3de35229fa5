/**
 * Fetches a clip's frames for times that are known in advance. core's own decoder draws every frame on the way to the
 * wanted one; this one draws the wanted ones only, decodes ahead, and skips to key frames where that is shorter.
 */
import * as core from '@diffusionstudio/core';
import { type DecodedCanvas, videoDecoderOf } from '../core_internals';

/** Room for rounding between a planned time and the one the layer asks for. */
const SAME_TIME_SECONDS = 1e-6;

/** core rounds the middle of a transition down to a whole second. */
const MARGIN_SECONDS = 1;

/** Replaces the decoder's stepping by a plan over *times* of the composition, which must ascend. */
export function planFrames(clip: core.VideoClip, renderer: core.Renderer, times: readonly number[]): void {
  const decoder = videoDecoderOf(clip, renderer);
  const planned = times.map((seconds) => seconds - clip.delay).filter((seconds) => mayShow(clip, seconds));
  let current: DecodedCanvas | null = null;
  let next = 0;
  let frames: AsyncGenerator<DecodedCanvas | null, void, unknown> | undefined;

  decoder.seekTo = async (seconds) => {
    frames ??= decoder.canvasSink.canvasesAtTimestamps(planned);
    while (next < planned.length && (planned[next] ?? 0) <= seconds + SAME_TIME_SECONDS) {
      current = (await frames.next()).value ?? current;
      next += 1;
    }
  };
  decoder.getBestFrameFor = () => current;
  decoder.reset = () => {
    void frames?.return();
  };
}

/** A clip is shown past its range while a transition leads into it or out of it. */
function mayShow(clip: core.VideoClip, seconds: number): boolean {
  const [start, end] = clip.range;
  const neighbours = (clip.layer?.clips ?? []).slice(Math.max(0, clip.index - 1), clip.index + 1);
  const lengths = neighbours.map(({ transition }) => (transition ? core.parseTime(transition.duration ?? 1) : 0));
  const margin = Math.max(MARGIN_SECONDS, ...lengths);
  return seconds >= start - margin && seconds <= end + margin;
}
