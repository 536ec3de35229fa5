/** Which frames a sampling request asks for. */
import type { SampleRequest } from '../../protocol';
import { OperatorError } from '../errors';
import { frameCount } from '../frame_grid';

export const DEFAULT_FRAME_RATE = 30;

/** Indexes of frames on the encoder's grid, ascending and without repeats; the last frame is always among them. */
export function sampledFrames(request: SampleRequest, durationSeconds: number): number[] {
  const frameRate = request.frameRate ?? DEFAULT_FRAME_RATE;
  if (!(frameRate > 0))
    throw new OperatorError('bad_request', `Expected a frame rate above 0, got ${frameRate}`);
  const last = Math.max(0, frameCount(durationSeconds, frameRate) - 1);
  const times = request.times ?? regularTimes(request.fps ?? 1, durationSeconds);
  const frames = times.map((seconds) => Math.min(last, Math.max(0, Math.round(seconds * frameRate))));
  return [...new Set([...frames, last])].sort((a, b) => a - b);
}

function regularTimes(framesPerSecond: number, durationSeconds: number): number[] {
  if (!(framesPerSecond > 0))
    throw new OperatorError('bad_request', `Expected fps above 0, got ${framesPerSecond}`);
  return Array.from(
    { length: Math.ceil(durationSeconds * framesPerSecond) },
    (_, index) => index / framesPerSecond,
  );
}
