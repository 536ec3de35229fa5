/** The picture pass: core's own encoder with its audio off, into a file on the browser's disk. */
import * as core from '@diffusionstudio/core';
import type { Composed } from '../compose/composition';
import { setLicenseKey } from '../core_internals';
import type { DiskFile } from '../disk';
import { OperatorError } from '../errors';
import { withPlannedFrames } from '../frames/picture_only';
import { beginPass, frameTimes } from '../passes';
import type { RenderPlan } from './plan';

/** The encoder makes an audio context even for no audio; this is the smallest, and Opus exists everywhere. */
const NO_SOUND = { enabled: false, codec: 'opus', sampleRate: 8000, numberOfChannels: 1 } as const;

export async function encodePicture(
  composed: Composed,
  plan: RenderPlan,
  file: DiskFile,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  const { composition } = composed;
  const { codec, bitrate, fps, resolution } = plan;
  const encoder = new core.Encoder(composition, {
    format: plan.format === 'webm' ? 'webm' : 'mp4',
    video: { codec, bitrate, fps, resolution },
    audio: NO_SOUND,
  });
  encoder.onProgress = ({ progress, total }) => onProgress(progress + 1, total);
  const cancel = (): void => encoder.cancel();
  signal.addEventListener('abort', cancel);
  beginPass(composed);
  setLicenseKey(composition, plan.licenseKey);
  try {
    const result = await withPlannedFrames(composition, frameTimes(composition.duration, fps), () =>
      encoder.render(file.handle),
    );
    if (result.type === 'error') throw result.error;
    if (result.type === 'canceled') throw new OperatorError('canceled', 'Stopped on request');
  } finally {
    signal.removeEventListener('abort', cancel);
    setLicenseKey(composition, null);
    composition.renderer.stop();
    beginPass(composed);
  }
}
