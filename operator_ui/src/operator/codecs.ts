/** Which codecs work here: each one encodes a frame and decodes what came out. */
import type { CodecReport } from '../protocol';

const VIDEO_CODECS: Readonly<Record<string, string>> = {
  avc: 'avc1.42001f',
  hevc: 'hvc1.1.6.L93.B0',
  vp8: 'vp8',
  vp9: 'vp09.00.10.08',
  av1: 'av01.0.04M.08',
};
const AUDIO_CODECS: Readonly<Record<string, string>> = { aac: 'mp4a.40.2', opus: 'opus', flac: 'flac', pcm: 'pcm-s16' };
const PROBE_LIMIT_MS = 8000;
const SIZE = { width: 320, height: 240 };
const SOUND = { sampleRate: 48_000, numberOfChannels: 2 };
const SOUND_FRAMES = 4800;

export async function probeCodecs(): Promise<CodecReport> {
  const [video, audio] = await Promise.all([
    probeAll(VIDEO_CODECS, encodeVideo, decodeVideo),
    probeAll(AUDIO_CODECS, encodeAudio, decodeAudio),
  ]);
  return {
    videoEncode: video.encode,
    videoDecode: video.decode,
    audioEncode: audio.encode,
    audioDecode: audio.decode,
  };
}

interface Encoded<Chunk, Config> {
  chunk: Chunk;
  config: Config;
}

async function probeAll<Chunk, Config>(
  codecs: Readonly<Record<string, string>>,
  encode: (codec: string) => Promise<Encoded<Chunk, Config>>,
  decode: (encoded: Encoded<Chunk, Config>) => Promise<void>,
): Promise<{ encode: string[]; decode: string[] }> {
  const works: { encode: string[]; decode: string[] } = { encode: [], decode: [] };
  const probes = Object.entries(codecs).map(async ([name, codec]) => {
    const encoded = await orUndefined(encode(codec));
    if (!encoded) return;
    works.encode.push(name);
    if (await orUndefined(decode(encoded).then(() => true))) works.decode.push(name);
  });
  await Promise.all(probes);
  return { encode: works.encode.sort(), decode: works.decode.sort() };
}

/** A codec that fails or hangs does not work here; why does not matter to the report. */
async function orUndefined<Result>(work: Promise<Result>): Promise<Result | undefined> {
  const limit = new Promise<undefined>((resolve) => setTimeout(resolve, PROBE_LIMIT_MS));
  return Promise.race([work.catch(() => undefined), limit]);
}

function encodeVideo(codec: string): Promise<Encoded<EncodedVideoChunk, VideoDecoderConfig>> {
  return firstOutput((output, error) => {
    const encoder = new VideoEncoder({
      output: (chunk, metadata) => output({ chunk, config: metadata?.decoderConfig ?? { codec } }),
      error,
    });
    encoder.configure({ codec, ...SIZE, bitrate: 500_000, framerate: 30 });
    const frame = blankFrame();
    encoder.encode(frame, { keyFrame: true });
    frame.close();
    return encoder;
  });
}

async function decodeVideo({ chunk, config }: Encoded<EncodedVideoChunk, VideoDecoderConfig>): Promise<void> {
  const frame = await firstOutput<VideoFrame>((output, error) => {
    const decoder = new VideoDecoder({ output, error });
    decoder.configure(config);
    decoder.decode(chunk);
    return decoder;
  });
  frame.close();
}

function encodeAudio(codec: string): Promise<Encoded<EncodedAudioChunk, AudioDecoderConfig>> {
  return firstOutput((output, error) => {
    const encoder = new AudioEncoder({
      output: (chunk, metadata) => output({ chunk, config: metadata?.decoderConfig ?? { codec, ...SOUND } }),
      error,
    });
    encoder.configure({ codec, ...SOUND, bitrate: 128_000 });
    const sound = silence();
    encoder.encode(sound);
    sound.close();
    return encoder;
  });
}

async function decodeAudio({ chunk, config }: Encoded<EncodedAudioChunk, AudioDecoderConfig>): Promise<void> {
  const sound = await firstOutput<AudioData>((output, error) => {
    const decoder = new AudioDecoder({ output, error });
    decoder.configure(config);
    decoder.decode(chunk);
    return decoder;
  });
  sound.close();
}

interface Codec {
  flush(): Promise<void>;
  close(): void;
  readonly state: CodecState;
}

/** The first thing a codec puts out; the codec is closed afterwards. */
async function firstOutput<Output>(
  start: (output: (value: Output) => void, error: (reason: Error) => void) => Codec,
): Promise<Output> {
  const { promise, resolve, reject } = Promise.withResolvers<Output>();
  const codec = start(resolve, reject);
  codec.flush().then(() => reject(new Error('The codec put out nothing')), reject);
  try {
    return await promise;
  } finally {
    if (codec.state !== 'closed') codec.close();
  }
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
