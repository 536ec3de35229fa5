/** Runs a pass in which clips get their frames by plan and no sound is decoded. */
import * as core from '@diffusionstudio/core';
import { ALL_FORMATS, BlobSource, Input, type InputVideoTrack } from 'mediabunny';
import { replacingClipMethods, setClipFrames } from '../core_internals';
import { PlannedFrames } from './planned_frames';

/** *times* of the composition, ascending, at which the work will draw. */
export async function withPlannedFrames<Result>(
  composition: core.Composition,
  times: readonly number[],
  work: () => Promise<Result>,
): Promise<Result> {
  const tracks = new Tracks();
  const heard = composition.clips.filter((clip) => clip instanceof core.AudioClip);
  const methodsOf = (clip: core.AudioClip): Partial<core.AudioClip> => ({
    initRenderer: async (renderer) => {
      if (!(clip instanceof core.VideoClip)) return;
      setClipFrames(clip, renderer, new PlannedFrames(clip, await tracks.of(clip.source), times));
    },
  });
  try {
    return await replacingClipMethods(heard, methodsOf, work);
  } finally {
    tracks.close();
  }
}

/** Video tracks of the pass, each file opened once; core's own copies of them are of its bundled demuxer. */
class Tracks {
  private readonly inputs = new Map<core.VideoSource, Input>();

  async of(source: core.VideoSource): Promise<InputVideoTrack> {
    const input = this.inputs.get(source) ?? openInput(source);
    this.inputs.set(source, input);
    const track = await input.getPrimaryVideoTrack();
    if (!track) throw new Error(`Expected a video track in ${source.name}`);
    return track;
  }

  close(): void {
    for (const input of this.inputs.values()) input.dispose();
  }
}

function openInput({ input, name }: core.VideoSource): Input {
  if (!(input instanceof Blob)) throw new Error(`Expected ${name} to be a file`);
  return new Input({ source: new BlobSource(input), formats: ALL_FORMATS });
}
