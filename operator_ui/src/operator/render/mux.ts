/** The last pass: the picture's packets as they are and the sound, encoded here, into one file on disk. */
import {
  ALL_FORMATS,
  AudioBufferSource,
  BlobSource,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  Input,
  type InputVideoTrack,
  MovOutputFormat,
  Mp4OutputFormat,
  Output,
  type OutputFormat,
  StreamTarget,
  WebMOutputFormat,
} from 'mediabunny';
import type { DiskFile } from '../disk';
import { throwIfCanceled } from '../passes';
import type { RenderPlan } from './plan';

export interface MuxRequest {
  picture: File;
  sound: AsyncIterable<AudioBuffer> | undefined;
  plan: RenderPlan;
  frames: number;
  durationSeconds: number;
  output: DiskFile;
  signal: AbortSignal;
  onProgress: (done: number, total: number) => void;
}

/** Opus packets last 20 ms; the mov format counts PCM by sample, so only bounds are known. */
const OPUS_PACKETS_PER_SECOND = 50;

/** Writes the file; on cancellation or failure nothing of it stays open. */
export async function mux(request: MuxRequest): Promise<{ mimeType: string }> {
  const { picture, sound, plan, output: file, durationSeconds } = request;
  const input = new Input({ source: new BlobSource(picture), formats: ALL_FORMATS });
  const writable = await file.handle.createWritable();
  const output = new Output({
    format: formatOf(plan),
    target: new StreamTarget(writable, { chunked: true }),
  });
  try {
    const track = await input.getPrimaryVideoTrack();
    const codec = await track?.getCodec();
    if (!track || !codec) throw new Error('The picture pass left no video track');
    const video = new EncodedVideoPacketSource(codec);
    output.addVideoTrack(video, { frameRate: plan.fps, maximumPacketCount: request.frames + 1 });
    const audio = sound && soundSource(plan);
    if (audio) {
      const maximumPacketCount = Math.ceil(durationSeconds * OPUS_PACKETS_PER_SECOND) + 100;
      output.addAudioTrack(audio, plan.audio === 'opus' ? { maximumPacketCount } : {});
    }
    await output.start();
    await Promise.all([
      copyPicture(track, video, request),
      audio && sound ? encodeSound(sound, audio) : undefined,
    ]);
    await output.finalize();
    return { mimeType: output.format.mimeType };
  } catch (error) {
    await output.cancel();
    throw error;
  } finally {
    input.dispose();
  }
}

/** With the index first where its size is known beforehand, so that players need not read to the end. */
function formatOf({ format, audio }: RenderPlan): OutputFormat {
  if (format === 'webm') return new WebMOutputFormat();
  const fastStart = audio === 'pcm' ? false : 'reserve';
  return format === 'mov' ? new MovOutputFormat({ fastStart }) : new Mp4OutputFormat({ fastStart });
}

function soundSource({ audio, audioBitrate }: RenderPlan): AudioBufferSource {
  if (audio === 'pcm') return new AudioBufferSource({ codec: 'pcm-s16' });
  return new AudioBufferSource({ codec: 'opus', bitrate: audioBitrate });
}

async function copyPicture(
  track: InputVideoTrack,
  source: EncodedVideoPacketSource,
  request: MuxRequest,
): Promise<void> {
  const decoderConfig = await track.getDecoderConfig();
  let done = 0;
  for await (const packet of new EncodedPacketSink(track).packets()) {
    throwIfCanceled(request.signal);
    await source.add(packet, done === 0 && decoderConfig ? { decoderConfig } : undefined);
    done += 1;
    if (done % 30 === 0 || done === request.frames) request.onProgress(done, request.frames);
  }
  source.close();
}

async function encodeSound(sound: AsyncIterable<AudioBuffer>, source: AudioBufferSource): Promise<void> {
  for await (const buffer of sound) await source.add(buffer);
  source.close();
}
