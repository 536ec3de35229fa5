/** The frames an encode makes, as core counts them. */

/** Frames of a video of *durationSeconds*. */
export function frameCount(durationSeconds: number, framesPerSecond: number): number {
  return Math.floor(durationSeconds * framesPerSecond);
}

/** When those frames are drawn. */
export function frameTimes(durationSeconds: number, framesPerSecond: number): number[] {
  const frames = frameCount(durationSeconds, framesPerSecond);
  return Array.from({ length: frames }, (_, index) => index / framesPerSecond);
}
