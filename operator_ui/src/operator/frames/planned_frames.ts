/**
 * A video clip's frames for times that are known in advance, in place of core's own decoder. That one copies every
 * frame to a canvas on the way to the wanted one and looks up packets at each; this one decodes ahead and skips to key
 * frames where that is shorter.
 */
import * as core from '@diffusionstudio/core';
import type { InputVideoTrack } from 'mediabunny';
import type { ClipFrames, DrawableFrame } from '../core_internals';
import { type OpenFrame, openFrames } from './open_frames';

/** Room for rounding between a planned time and the one the layer asks for. */
const SAME_TIME_SECONDS = 1e-6;
/** core rounds the middle of a transition down to a whole second, so a clip may be shown for so much longer. */
const ROUNDING_SECONDS = 1;

export class PlannedFrames implements ClipFrames {
  private readonly plan: readonly number[];
  private frames: AsyncGenerator<OpenFrame | null, void, unknown> | undefined;
  private current: OpenFrame | undefined;
  private next = 0;

  /** *times* of the composition, ascending; later calls ask for some of them, in that order. */
  constructor(
    clip: core.VideoClip,
    private readonly track: InputVideoTrack,
    times: readonly number[],
  ) {
    this.plan = times.map((seconds) => seconds - clip.delay).filter((seconds) => mayShow(clip, seconds));
  }

  async seekTo(seconds: number): Promise<void> {
    this.frames ??= openFrames(this.track, this.plan);
    while ((this.plan[this.next] ?? Infinity) <= seconds + SAME_TIME_SECONDS) {
      this.next += 1;
      const { value } = await this.frames.next();
      if (!value) continue;
      this.current?.close();
      this.current = value;
    }
  }

  getBestFrameFor(): DrawableFrame | null {
    return this.current ?? null;
  }

  reset(): void {
    void this.frames?.return();
    this.current?.close();
    this.current = undefined;
    this.next = this.plan.length;
  }
}

/** A clip is shown past its range only while a transition leads into it or out of it. */
function mayShow(clip: core.VideoClip, seconds: number): boolean {
  const [start, end] = clip.range;
  const neighbours = (clip.layer?.clips ?? []).slice(Math.max(0, clip.index - 1), clip.index + 1);
  const transitions = neighbours.flatMap(({ transition }) => transition ?? []);
  const margins = transitions.map(({ duration }) => core.parseTime(duration ?? 1) + ROUNDING_SECONDS);
  const margin = Math.max(SAME_TIME_SECONDS, ...margins);
  return seconds >= start - margin && seconds <= end + margin;
}
