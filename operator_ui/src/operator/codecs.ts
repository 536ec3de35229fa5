/** Which codecs work here: each encoder makes a frame, each decoder reads a real file of its codec. */
import { ALL_FORMATS, AudioSampleSink, BufferSource, Input, VideoSampleSink } from 'mediabunny';
import type { CodecReport } from '../protocol';
import { decodeBase64 } from './base64';

const VIDEO_ENCODERS: Readonly<Record<string, string>> = {
  avc: 'avc1.42001f',
  hevc: 'hvc1.1.6.L93.B0',
  vp8: 'vp8',
  vp9: 'vp09.00.10.08',
  av1: 'av01.0.04M.08',
};
const AUDIO_ENCODERS: Readonly<Record<string, string>> = { aac: 'mp4a.40.2', opus: 'opus' };
const SAMPLES = import.meta.glob<string>('./codec_samples/*.{mp4,webm,m4a,mp3,mkv,ogg}', {
  query: '?inline',
  import: 'default',
  eager: true,
});
const PROBE_LIMIT_MS = 8000;
const SIZE = { width: 320, height: 240 };
const SOUND = { sampleRate: 48_000, numberOfChannels: 2 };
const SOUND_FRAMES = 4800;

export async function probeCodecs(): Promise<CodecReport> {
  const samples = Object.entries(SAMPLES).map(([path, url]) => [codecOf(path), url] as const);
  const [videoEncode, audioEncode, videoDecode, audioDecode] = await Promise.all([
    working(Object.entries(VIDEO_ENCODERS), encodeVideo),
    working(Object.entries(AUDIO_ENCODERS), encodeAudio),
    working(samples, decodeVideo),
    working(samples, decodeAudio),
  ]);
  return { videoEncode, videoDecode, audioEncode, audioDecode };
}

/** Names whose probe succeeds in time. Why another fails does not matter to the report. */
async function working(
  candidates: readonly (readonly [name: string, value: string])[],
  probe: (value: string) => Promise<boolean>,
): Promise<string[]> {
  const names = candidates.map(async ([name, value]) => ((await inTime(probe(value))) ? [name] : []));
  return (await Promise.all(names)).flat().sort();
}

function inTime(probe: Promise<boolean>): Promise<boolean> {
  const limit = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), PROBE_LIMIT_MS));
  return Promise.race([probe.catch(() => false), limit]);
}

async function encodeVideo(codec: string): Promise<boolean> {
  const config = { codec, ...SIZE, bitrate: 500_000, framerate: 30 };
  if (!(await VideoEncoder.isConfigSupported(config)).supported) return false;
  return putsOut((output, error) => {
    const encoder = new VideoEncoder({ output, error });
    encoder.configure(config);
    using frame = disposable(blankFrame());
    encoder.encode(frame.value, { keyFrame: true });
    return encoder;
  });
}

async function encodeAudio(codec: string): Promise<boolean> {
  const config = { codec, ...SOUND, bitrate: 128_000 };
  if (!(await AudioEncoder.isConfigSupported(config)).supported) return false;
  return putsOut((output, error) => {
    const encoder = new AudioEncoder({ output, error });
    encoder.configure(config);
    using sound = disposable(silence());
    encoder.encode(sound.value);
    return encoder;
  });
}

async function decodeVideo(url: string): Promise<boolean> {
  using input = openSample(url);
  const track = await input.getPrimaryVideoTrack();
  return track !== null && (await comesOut(new VideoSampleSink(track).samples()));
}

async function decodeAudio(url: string): Promise<boolean> {
  using input = openSample(url);
  const track = await input.getPrimaryAudioTrack();
  return track !== null && (await comesOut(new AudioSampleSink(track).samples()));
}

async function comesOut(samples: AsyncIterable<{ close(): void }>): Promise<boolean> {
  for await (const sample of samples) {
    sample.close();
    return true;
  }
  return false;
}

function openSample(url: string): Input {
  const source = new BufferSource(decodeBase64(url.slice(url.indexOf(',') + 1)));
  return new Input({ source, formats: ALL_FORMATS });
}

interface Encoder {
  flush(): Promise<void>;
  close(): void;
  readonly state: CodecState;
}

/** Whether an encoder puts out anything by the time it is flushed; it is closed afterwards. */
async function putsOut(start: (output: () => void, error: () => void) => Encoder): Promise<boolean> {
  let worked = false;
  const markAsWorking = (): void => {
    worked = true;
  };
  const encoder = start(markAsWorking, () => {});
  try {
    await encoder.flush();
    return worked;
  } finally {
    if (encoder.state !== 'closed') encoder.close();
  }
}

/** What is closed at the end of its block; browsers' own frames are not `Disposable`. */
function disposable<Value extends { close(): void }>(value: Value): Disposable & { value: Value } {
  return { value, [Symbol.dispose]: () => value.close() };
}

function blankFrame(): VideoFrame {
  const canvas = new OffscreenCanvas(SIZE.width, SIZE.height);
  canvas.getContext('2d')?.fillRect(0, 0, SIZE.width, SIZE.height);
  return new VideoFrame(canvas, { timestamp: 0 });
}

function silence(): AudioData {
  const data = new Float32Array(SOUND_FRAMES * SOUND.numberOfChannels);
  return new AudioData({ format: 'f32-planar', ...SOUND, numberOfFrames: SOUND_FRAMES, timestamp: 0, data });
}

function codecOf(path: string): string {
  return path.replace(/^.*\//, '').replace(/\.[^.]+$/, '');
}
