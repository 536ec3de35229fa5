/** The session's assets as core's sources, by name. */
import * as core from '@diffusionstudio/core';
import { type AddAssetRequest, type AssetInfo, type AssetKind, FILE_INPUT_ID } from '../protocol';
import { asOperatorError, OperatorError } from './errors';
import type { Uploads } from './uploads';

interface Entry {
  info: AssetInfo;
  file: File;
  /** Undefined for fonts, which are drawn by their family's name. */
  source: core.BaseSource | undefined;
  fontFace: FontFace | undefined;
}

const DEFAULT_TYPE: Record<AssetKind, string> = {
  video: 'video/mp4',
  audio: 'audio/mpeg',
  image: 'image/png',
  captions: 'application/json',
  font: 'font/ttf',
};

export class Assets {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly uploads: Uploads) {}

  list(): AssetInfo[] {
    return [...this.entries.values()].map((entry) => entry.info);
  }

  async add(request: AddAssetRequest): Promise<AssetInfo> {
    const known = this.entries.get(request.name);
    if (known && known.info.sha256 === request.sha256) return known.info;
    const file = await this.fileOf(request);
    const entry = await openEntry(request, file);
    this.forget(request.name);
    this.entries.set(request.name, entry);
    if (entry.fontFace) document.fonts.add(entry.fontFace);
    return entry.info;
  }

  /**
   * The sources one run of a program may ask for. Media sources hold no state a program could change, so they are
   * shared; a caption source does (`optimize()`), so each run gets its own.
   */
  async sourcesForRun(): Promise<Map<string, core.BaseSource>> {
    const sources = new Map<string, core.BaseSource>();
    for (const [name, entry] of this.entries) {
      if (!entry.source) continue;
      const own =
        entry.info.kind === 'captions'
          ? await openSource(entry.info.name, 'captions', entry.file)
          : entry.source;
      sources.set(name, own);
    }
    return sources;
  }

  clear(): void {
    for (const name of [...this.entries.keys()]) this.forget(name);
  }

  private forget(name: string): void {
    const entry = this.entries.get(name);
    if (entry?.fontFace) document.fonts.delete(entry.fontFace);
    this.entries.delete(name);
  }

  private async fileOf({ from, name }: AddAssetRequest): Promise<File> {
    if ('uploadId' in from) return this.uploads.file(from.uploadId);
    const input = document.getElementById(FILE_INPUT_ID);
    const file = input instanceof HTMLInputElement ? input.files?.[from.input] : undefined;
    if (!file)
      throw new OperatorError(
        'bad_request',
        `Expected file ${from.input} in the input for ${name}, got none`,
      );
    return file;
  }
}

async function openEntry(request: AddAssetRequest, file: File): Promise<Entry> {
  const { name, kind, sha256 } = request;
  const base = { name, kind, sha256, sizeBytes: file.size };
  try {
    if (kind === 'font')
      return { info: base, file, source: undefined, fontFace: await openFont(request, file) };
    const source = await openSource(name, kind, file);
    await requireDecodable(source, name);
    return {
      info: { ...base, ...figures(source) },
      file,
      source: Object.freeze(source),
      fontFace: undefined,
    };
  } catch (error) {
    throw asOperatorError(error, 'cannot_decode');
  }
}

async function openFont({ name, font }: AddAssetRequest, file: File): Promise<FontFace> {
  const family = font?.family ?? name.replace(/\.[^.]+$/, '');
  const descriptors: FontFaceDescriptors = {
    ...(font?.weight !== undefined && { weight: font.weight }),
    ...(font?.style !== undefined && { style: font.style }),
  };
  return new FontFace(family, await file.arrayBuffer(), descriptors).load();
}

async function openSource(name: string, kind: AssetKind, file: File): Promise<core.BaseSource> {
  const options = { input: file, mimeType: file.type || DEFAULT_TYPE[kind], name };
  const source = newSource(kind, options);
  await source.init();
  return source;
}

function newSource(kind: AssetKind, options: core.SourceOptions): core.BaseSource {
  switch (kind) {
    case 'video':
      return new core.VideoSource(options);
    case 'audio':
      return new core.AudioSource(options);
    case 'image':
      return new core.ImageSource(options);
    case 'captions':
      return new core.CaptionSource(options);
    case 'font':
      throw new Error('A font has no source');
  }
}

async function requireDecodable(source: core.BaseSource, name: string): Promise<void> {
  if (source instanceof core.VideoSource && !(await source.videoTrack.canDecode())) {
    throw new OperatorError(
      'cannot_decode',
      `The picture of ${name} is ${await source.videoTrack.getCodec()}, which this browser cannot decode`,
    );
  }
  if (!(source instanceof core.AudioSource)) return;
  if (source.audioTrack && !(await source.audioTrack.canDecode())) {
    throw new OperatorError(
      'cannot_decode',
      `The sound of ${name} is ${await source.audioTrack.getCodec()}, which this browser cannot decode`,
    );
  }
  if (!(source instanceof core.VideoSource) && !source.audioTrack) {
    throw new OperatorError('cannot_decode', `Expected sound in ${name}, found none`);
  }
}

function figures(source: core.BaseSource): Partial<AssetInfo> {
  if (source instanceof core.VideoSource) {
    return {
      ...soundFigures(source),
      width: source.width,
      height: source.height,
      frameRate: source.fps,
    };
  }
  if (source instanceof core.AudioSource) return soundFigures(source);
  if (source instanceof core.ImageSource) return { width: source.width, height: source.height };
  if (source instanceof core.CaptionSource) return { durationSeconds: source.duration };
  return {};
}

function soundFigures(source: core.AudioSource): Partial<AssetInfo> {
  return {
    ...(source.duration !== undefined && { durationSeconds: source.duration }),
    hasAudio: source.audioTrack !== null,
  };
}
