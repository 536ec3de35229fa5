/**
 * Animated properties as the program left them. core writes a frame's values into the clips, so a pass that begins
 * with the values of the last one would differ from it; every pass begins from these.
 */
import type * as core from '@diffusionstudio/core';

type Values = Map<string, unknown>;

export class RestingState {
  private readonly values: ReadonlyMap<core.Clip, Values>;

  private constructor(clips: readonly core.Clip[]) {
    this.values = new Map(clips.map((clip) => [clip, animatedValues(clip)]));
  }

  static of(composition: core.Composition): RestingState {
    return new RestingState(composition.clips);
  }

  restore(): void {
    for (const [clip, values] of this.values) Object.assign(clip, Object.fromEntries(values));
  }
}

/**
 * Gives clips whose volume is animated its first value. core sets a clip's gain before it animates the frame, so a
 * fade-in would begin with one frame at full volume.
 */
export function startVolumesAtTheirFirstValue(composition: core.Composition): void {
  for (const clip of composition.clips) {
    if (!clip.containsAudio() || !clip.animations.some((animation) => animation.key === 'volume')) continue;
    const before = animatedValues(clip);
    clip.animate(clip.start);
    before.set('volume', clip.volume);
    Object.assign(clip, Object.fromEntries(before));
  }
}

function animatedValues(clip: core.Clip): Values {
  const readable = clip as unknown as Record<string, unknown>;
  // Keys are typed `any` by core.
  return new Map(clip.animations.map(({ key }) => [String(key), readable[String(key)]]));
}
