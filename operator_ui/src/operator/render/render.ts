/** Three passes over one composition: picture, sound, mux; what they leave is one complete file. */
import type { RenderRequest, RenderResult } from '../../protocol';
import type { Composed } from '../compose/composition';
import { sha256Of } from '../digest';
import type { Disk, DiskFile } from '../disk';
import { frameCount } from '../frame_grid';
import { throwIfCanceled } from '../passes';
import { mux } from './mux';
import { encodePicture } from './picture';
import { type RenderPlan, renderPlan } from './plan';
import { hasSound, renderSound } from './sound';

export type PassProgress = (stage: 'picture' | 'sound' | 'mux', done: number, total: number) => void;

export interface Artifact {
  file: DiskFile;
  result: RenderResult;
}

/** On failure or cancellation no file of it is left on the browser's disk. */
export async function renderArtifact(
  composed: Composed,
  request: RenderRequest,
  disk: Disk,
  signal: AbortSignal,
  onProgress: PassProgress,
): Promise<Artifact> {
  const plan = renderPlan(request);
  const picture = await disk.create('picture');
  const output = await disk.create('artifact');
  try {
    const [, pictureSeconds] = await timed(
      encodePicture(composed, plan, picture, signal, (done, total) => onProgress('picture', done, total)),
    );
    const passes = await timedSoundAndMux(composed, plan, picture, output, signal, onProgress);
    throwIfCanceled(signal);
    const file = await output.read();
    const result = {
      ...figures(composed, plan),
      ...passes,
      pictureSeconds,
      artifactId: output.name,
      sizeBytes: file.size,
    };
    return { file: output, result: { ...result, sha256: await sha256Of(file) } };
  } catch (error) {
    await output.remove();
    throw error;
  } finally {
    await picture.remove();
  }
}

/** Sound is made while it is muxed, a segment at a time; its share of the time is measured apart. */
async function timedSoundAndMux(
  composed: Composed,
  plan: RenderPlan,
  picture: DiskFile,
  output: DiskFile,
  signal: AbortSignal,
  onProgress: PassProgress,
): Promise<{ soundSeconds: number; muxSeconds: number; mimeType: string; hasAudio: boolean }> {
  const hasAudio = plan.audio !== 'none' && hasSound(composed);
  const clock = { seconds: 0 };
  const segments = renderSound(composed, plan.fps, signal, (done, total) => onProgress('sound', done, total));
  const muxing = mux({
    picture: await picture.read(),
    sound: hasAudio ? measured(segments, clock) : undefined,
    plan,
    frames: frameCount(composed.composition.duration, plan.fps),
    durationSeconds: composed.composition.duration,
    output,
    signal,
    onProgress: (done, total) => onProgress('mux', done, total),
  });
  const [{ mimeType }, seconds] = await timed(muxing);
  return {
    soundSeconds: clock.seconds,
    muxSeconds: Math.max(0, seconds - clock.seconds),
    mimeType,
    hasAudio,
  };
}

function figures(
  { composition }: Composed,
  plan: RenderPlan,
): Pick<RenderResult, 'width' | 'height' | 'frames' | 'durationSeconds'> {
  const frames = frameCount(composition.duration, plan.fps);
  return {
    width: evenPixels(composition.width, plan.resolution),
    height: evenPixels(composition.height, plan.resolution),
    frames,
    durationSeconds: composition.duration,
  };
}

/** As core's renderer rounds. */
function evenPixels(size: number, resolution: number): number {
  return 2 * Math.round((size * resolution) / 2);
}

async function* measured<Item>(
  items: AsyncIterable<Item>,
  clock: { seconds: number },
): AsyncGenerator<Item, void, unknown> {
  const iterator = items[Symbol.asyncIterator]();
  for (;;) {
    const [next, seconds] = await timed(iterator.next());
    clock.seconds += seconds;
    if (next.done) return;
    yield next.value;
  }
}

async function timed<Result>(work: Promise<Result>): Promise<[Result, number]> {
  const startedMs = performance.now();
  const result = await work;
  return [result, (performance.now() - startedMs) / 1000];
}
