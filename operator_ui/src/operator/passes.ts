/** What sampling and the passes of a render have in common: one at a time, from the resting state, and stoppable. */
import type * as core from '@diffusionstudio/core';
import type { Composed } from './compose/composition';
import { forgetVisibleClips } from './core_internals';
import { OperatorError } from './errors';

/** Puts the clips back to where every pass begins. */
export function beginPass({ composition, resting }: Composed): void {
  resting.restore();
  forgetVisibleClips(composition);
}

export function throwIfCanceled(signal: AbortSignal): void {
  if (signal.aborted) throw new OperatorError('canceled', 'Stopped on request');
}

/** Draws the frame at *seconds* the way core's encoder does. */
export async function drawFrame(
  { composition }: Composed,
  renderer: core.Renderer,
  seconds: number,
): Promise<void> {
  renderer.playbackOffset = seconds;
  for (const layer of composition.layers.toReversed()) await layer.update(renderer);
  renderer.clear();
  for (const layer of composition.layers.toReversed()) layer.render(renderer);
}
