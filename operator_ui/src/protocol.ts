/**
 * The page protocol: everything an agent may ask of the operator page, as `window.operator`.
 *
 * Mirrored by `agent/browser/protocol.py`; `tests/contract` holds the two against each other through
 * `operator.describe().methods` and the field lists in `operator.describe().shapes`.
 * Times are seconds, sizes are bytes or pixels, opacity is 0-100 (as in core).
 */

/** Raised by one whenever a field or method changes its meaning or goes away. */
export const PROTOCOL_VERSION = 1;

/** Name of the CDP binding by which the page pushes `OperatorEvent`s (as JSON text) to its agent. */
export const EVENT_BINDING = 'roughcutEvent';

/** Id of the hidden `<input type="file" multiple>` that `DOM.setFileInputFiles` fills. */
export const FILE_INPUT_ID = 'operator-files';

/** Where the agent answers, on the page's own origin, with piece n of an upload: `/uploads/<uploadId>/<n>`. */
export const UPLOAD_PATH = '/uploads';

export type AssetKind = 'video' | 'audio' | 'image' | 'captions' | 'font';

export interface Operator {
  /** Versions, codecs that were tried and work in this browser, and the renderer WebGL2 reports. */
  describe(): Promise<Description>;

  /** Opens an asset under `name`; an asset of that name and another digest is replaced. */
  addAsset(request: AddAssetRequest): Promise<AssetInfo>;
  assets(): AssetInfo[];

  /** Type-checks a program against core's types and the ambient names; never runs it. */
  check(source: string): Promise<CheckResult>;

  /** Checks and runs a whole program on an empty composition; on any failure the previous one stays. */
  compose(request: ComposeRequest): Promise<ComposeResult>;

  /** Frames of the current composition by the encoder's own path; the last frame is always included. */
  sample(request: SampleRequest): Promise<SampleResult>;

  /** Encodes the current composition into the browser's own disk; the file appears only when complete. */
  render(request: RenderRequest): Promise<RenderResult>;

  /** Stops a running `sample` or `render`, which then rejects with `canceled` and leaves no file. */
  cancel(): Promise<void>;

  /** Back to an empty composition; assets, uploads and rendered files are dropped. */
  reset(): Promise<void>;

  /** Shows people at the page what the agent is doing; changes nothing else. */
  present(status: PresentRequest): void;

  /**
   * Takes in a file where the browser does not share the agent's disk: the page fetches the pieces, the agent
   * answers. Rejects with `digest_mismatch` if size or SHA-256 differ from what was announced.
   */
  receiveUpload(request: ReceiveUploadRequest): Promise<{ sizeBytes: number }>;
  /** Stops an upload, or drops one that has ended. */
  abortUpload(request: { uploadId: string }): Promise<void>;

  /** The rendered file as a Blob on disk, to be read over CDP by `IO.resolveBlob`; not JSON. */
  artifactFile(request: { artifactId: string }): Promise<File>;
  dropArtifact(request: { artifactId: string }): Promise<void>;
}

export interface Description {
  protocolVersion: number;
  coreVersion: string;
  typescriptVersion: string;
  userAgent: string;
  crossOriginIsolated: boolean;
  /** Names of every method of `Operator`, sorted. */
  methods: string[];
  /** For each request and response type: its field names, sorted; a trailing `?` marks optional ones. */
  shapes: Record<string, string[]>;
  gpu: GpuReport;
  codecs: CodecReport;
  fonts: string[];
}

export interface GpuReport {
  webgl2: boolean;
  renderer: string;
  /** False for SwiftShader, llvmpipe and their like, and where there is no WebGL2. */
  hardware: boolean;
}

/** Each list holds what really encoded or decoded a frame here, not what the browser claims. */
export interface CodecReport {
  videoEncode: string[];
  videoDecode: string[];
  audioEncode: string[];
  audioDecode: string[];
}

export interface AddAssetRequest {
  name: string;
  kind: AssetKind;
  sha256: string;
  /** Where the bytes are: an entry of the file input (by its index), or a finished upload. */
  from: { input: number } | { uploadId: string };
  /** For `kind: 'font'`. */
  font?: { family: string; weight?: string; style?: string };
}

export interface ReceiveUploadRequest {
  /** Chosen by the agent; `[a-z0-9-]+`. */
  uploadId: string;
  name: string;
  pieces: number;
  sizeBytes: number;
  sha256: string;
}

export interface AssetInfo {
  name: string;
  kind: AssetKind;
  sha256: string;
  sizeBytes: number;
  durationSeconds?: number;
  width?: number;
  height?: number;
  frameRate?: number;
  hasAudio?: boolean;
}

export interface Diagnostic {
  /** 1-based, in the program as it was sent. */
  line: number;
  column: number;
  /** TypeScript's number, e.g. 2551; 0 for an exception at run time. */
  code: number;
  message: string;
  /** TypeScript's own proposal, e.g. "Did you mean 'volume'?". */
  suggestion?: string;
}

export interface CheckResult {
  ok: boolean;
  diagnostics: Diagnostic[];
  elapsedSeconds: number;
}

export interface ComposeRequest {
  source: string;
  /** A program that has not ended by then fails with `time_limit`. Default 30. */
  timeLimitSeconds?: number;
}

export type ComposeResult =
  | { ok: true; fingerprint: string; summary: CompositionSummary; console: ConsoleLine[] }
  | {
      ok: false;
      reason: 'type_error' | 'exception' | 'time_limit' | 'empty';
      diagnostics: Diagnostic[];
      console: ConsoleLine[];
    };

export interface ConsoleLine {
  level: 'log' | 'info' | 'warn' | 'error';
  text: string;
}

export interface CompositionSummary {
  width: number;
  height: number;
  durationSeconds: number;
  background: string;
  layers: LayerSummary[];
  warnings: Warning[];
}

export interface LayerSummary {
  /** 0 is the top layer. */
  index: number;
  mode: 'DEFAULT' | 'SEQUENTIAL';
  clips: ClipSummary[];
}

export interface ClipSummary {
  /** core's clip type: VIDEO, AUDIO, IMAGE, TEXT, CAPTION, RECT, ELLIPSE, POLYGON. */
  type: string;
  startSeconds: number;
  endSeconds: number;
  /** The asset's name, for clips that have one. */
  asset?: string;
  /** Of a text that is animated: the longest it becomes. */
  text?: string;
  /** Corners' bounding box in composition pixels, when the clip is shown at its middle; absent for sound. */
  box?: { x: number; y: number; width: number; height: number };
  fontSize?: number;
  color?: string;
  opacity?: number;
  /** Keys that are animated, e.g. `opacity`: a fade is declared, not a defect. */
  animated: string[];
  /** What the animated keys are when, in seconds of the composition; numbers only. */
  keyframes?: Keyframes[];
  transition?: string;
  transitionSeconds?: number;
  volume?: number;
  /** The loudest it becomes, where its volume is animated. */
  peakVolume?: number;
  muted?: boolean;
  /** How long its sound fades. */
  fadeInSeconds?: number;
  fadeOutSeconds?: number;
  disabled?: boolean;
  /** Which moment of its file is shown or heard first. */
  sourceStartSeconds?: number;
  /** Each caption of a transcript, as it is grouped for the screen. */
  cues?: Cue[];
  /** Degrees clockwise at the clip's middle. */
  rotation?: number;
  flipped?: 'horizontal' | 'vertical' | 'both';
  /** Shown width to height, to that of its file, where footage is not shown in its own shape. */
  stretch?: number;
  /** Its effects as a CSS filter. */
  filter?: string;
}

export interface Keyframes {
  key: string;
  seconds: number[];
  values: number[];
}

export interface Cue {
  startSeconds: number;
  endSeconds: number;
  text: string;
}

export interface Warning {
  code:
    | 'text_outside_frame'
    | 'clip_outside_frame'
    | 'past_end'
    | 'zero_length'
    | 'missing_font'
    | 'odd_size'
    | 'no_visible_clip';
  message: string;
  /** Layer and clip index the warning is about. */
  layer?: number;
  clip?: number;
}

export interface SampleRequest {
  /** Frames per second of the composition, from 0 on; default 1. */
  fps?: number;
  /** Or these exact times; sorted by the page. */
  times?: number[];
  /** Width of the JPEG in pixels; height follows. Default 640, never more than the composition's. */
  width?: number;
  /** Grid the times are snapped to, so that a sample shows a frame the encoder makes. Default 30. */
  frameRate?: number;
}

export interface SampleResult {
  fingerprint: string;
  frames: SampledFrame[];
}

export interface SampledFrame {
  timestampSeconds: number;
  frameIndex: number;
  width: number;
  height: number;
  jpegBase64: string;
}

export interface RenderRequest {
  /** Must be the fingerprint of the current composition, else `stale_fingerprint`. */
  fingerprint: string;
  format?: 'mp4' | 'webm' | 'mov';
  /** Default avc for mp4 and mov, vp9 for webm. */
  codec?: 'avc' | 'av1' | 'vp9' | 'vp8';
  fps?: number;
  bitrate?: number;
  /** Multiplier of the composition's size; default 1. */
  resolution?: number;
  /** Opus to play as it is; PCM (only in mov) when the sound is encoded once more for delivery. */
  audio?: 'opus' | 'pcm' | 'none';
  audioBitrate?: number;
  /** The user's Diffusion Studio licence key; without one core draws its mark. */
  licenseKey?: string;
}

export interface RenderResult {
  artifactId: string;
  sizeBytes: number;
  sha256: string;
  mimeType: string;
  width: number;
  height: number;
  frames: number;
  durationSeconds: number;
  hasAudio: boolean;
  /** Wall time of each pass. */
  pictureSeconds: number;
  soundSeconds: number;
  muxSeconds: number;
}

export interface PresentRequest {
  prompt?: string;
  stage?: string;
  verdict?: {
    greenLight: boolean;
    judgedBy: string;
    summary: string;
    issues: { message: string; severity: string; timeSeconds?: number; suggestedFix?: string }[];
  };
  /** What the agent found of the last program where the page could not: that it was ended from outside. */
  diagnostics?: Diagnostic[];
}

/** Errors reject with `OperatorError`; its `message` starts with `[code] `, so that it survives CDP. */
export type ErrorCode =
  | 'unknown_asset'
  | 'cannot_decode'
  | 'bad_request'
  | 'nothing_composed'
  | 'stale_fingerprint'
  | 'busy'
  | 'canceled'
  | 'digest_mismatch'
  | 'encode_failed'
  | 'storage_full';

export type OperatorEvent =
  | {
      type: 'progress';
      stage: 'check' | 'compose' | 'sample' | 'picture' | 'sound' | 'mux';
      done: number;
      total: number;
    }
  | { type: 'log'; level: ConsoleLine['level']; text: string };
