/** The picture pass: core's own encoder with its audio off, into a file on the browser's disk. */
import * as core from '@diffusionstudio/core';
import type { Composed } from '../compose/composition';
import { setLicenseKey } from '../core_internals';
import type { DiskFile } from '../disk';
import { OperatorError } from '../errors';
import { frameTimes } from '../frame_grid';
import { withPlannedFrames } from '../frames/picture_only';
import { beginPass } from '../passes';
import { withCanvasRing } from './canvas_ring';
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
  const target = abortable(file.handle);
  beginPass(composed);
  setLicenseKey(composition, plan.licenseKey);
  try {
    const result = await withPlannedFrames(composition, frameTimes(composition.duration, fps), () =>
      withCanvasRing(encoder, () => encoder.render(target.handle)),
    );
    if (result.type === 'error') throw result.error;
    if (result.type === 'canceled') throw new OperatorError('canceled', 'Stopped on request');
  } catch (error) {
    await target.abort();
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
    setLicenseKey(composition, null);
    composition.renderer.stop();
    beginPass(composed);
  }
}

/** core leaves its file open and locked when it fails, and an open file cannot be removed; so it gets a stand-in. */
function abortable(handle: FileSystemFileHandle): { handle: FileSystemFileHandle; abort(): Promise<void> } {
  let opened: FileSystemWritableFileStream | undefined;
  const createWritable = async (): Promise<WritableStream> => {
    const file = await handle.createWritable();
    opened = file;
    return new WritableStream<FileSystemWriteChunkType>({
      write: (chunk) => file.write(chunk),
      close: () => file.close(),
      abort: () => file.abort(),
    });
  };
  return {
    handle: Object.create(handle, { createWritable: { value: createWritable } }) as FileSystemFileHandle,
    // What is closed already needs no more; the error that led here is the one to report.
    abort: async () => opened?.abort().catch(() => {}),
  };
}
