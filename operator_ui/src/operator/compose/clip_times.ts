/** What of a clip is when: its file's moments, captions, keyframes and transition, in the composition's seconds. */
import * as core from '@diffusionstudio/core';
import type { ClipSummary, Cue, Keyframes } from '../../protocol';
import { rounded } from './rounded';

export function sourceFields(clip: core.Clip): Partial<ClipSummary> {
  if (clip instanceof core.CaptionClip)
    return { sourceStartSeconds: rounded(clip.start - clip.delay), cues: cuesOf(clip) };
  if (clip instanceof core.AudioClip) return { sourceStartSeconds: rounded(clip.start - clip.delay) };
  return {};
}

function cuesOf(clip: core.CaptionClip): Cue[] {
  return clip.groups.flatMap((words) => {
    const [first, last] = [words[0], words.at(-1)];
    if (!first || !last) return [];
    const startSeconds = rounded(Math.max(clip.start, clip.delay + first.start));
    const endSeconds = rounded(Math.min(clip.end, clip.delay + last.end));
    return endSeconds > startSeconds
      ? [{ startSeconds, endSeconds, text: words.map((word) => word.text).join(' ') }]
      : [];
  });
}

export function animationFields(clip: core.Clip): Pick<ClipSummary, 'animated' | 'keyframes'> {
  const keyframes = clip.animations.map((animation) => keyframesOf(animation, clip.start));
  return {
    animated: [...new Set(clip.animations.map((animation) => String(animation.key)))],
    ...(keyframes.length > 0 && { keyframes }),
  };
}

/** core counts the frames of an animation from the clip's start. */
function keyframesOf({ key, frames }: core.ClipAnimationOptions[number], clipStart: number): Keyframes {
  const numbers = frames.filter((frame) => typeof frame.value === 'number');
  return {
    key: String(key),
    seconds: numbers.map((frame) => rounded(clipStart + core.parseTime(frame.time))),
    values: numbers.map((frame) => rounded(Number(frame.value))),
  };
}

export function transitionFields({ transition }: core.Clip): Partial<ClipSummary> {
  if (!transition) return {};
  return {
    transition: transition.type,
    transitionSeconds: rounded(core.parseTime(transition.duration ?? 1)),
  };
}
