/**
 * core called directly, without Roughcut: what tests hold our passes against and benchmarks compare them with. Built
 * by `vite build --mode reference`; no part of the product.
 */
import * as core from '@diffusionstudio/core';
import { ALL_FORMATS, BlobSource, Input, VideoSampleSink } from 'mediabunny';

interface EncodeRequest {
  /** JavaScript with `core`, `composition` and `asset(name)` in scope. */
  program: string;
  config: NonNullable<ConstructorParameters<typeof core.Encoder>[1]>;
}

interface EncodeResult {
  seconds: number;
  sizeBytes: number;
}

const AsyncFunction = (async () => {}).constructor as new (
  ...text: string[]
) => (...values: unknown[]) => Promise<void>;
const OUTPUT = 'reference-output';
let sources = new Map<string, core.BaseSource>();

/** Opens the files of the page's input as assets, by their position. */
async function open(assets: { name: string; type: string }[]): Promise<void> {
  const opened = assets.map(async ({ name, type }, index) => {
    const file = files()[index];
    if (!file) throw new Error(`Expected file ${index} for ${name}`);
    const input = new File([file], name, { type });
    return [name, await core.Source.from(input, { name, mimeType: type })] as const;
  });
  sources = new Map(await Promise.all(opened));
}

/** core's own full encode, sound included, into a file on the browser's disk. */
async function encode({ program, config }: EncodeRequest): Promise<EncodeResult> {
  const composition = new core.Composition();
  await new AsyncFunction('core', 'composition', 'asset', program)(core, composition, (name: string) =>
    sources.get(name),
  );
  const root = await navigator.storage.getDirectory();
  const handle = await root.getFileHandle(OUTPUT, { create: true });
  const startedMs = performance.now();
  const result = await new core.Encoder(composition, config).render(handle);
  const seconds = (performance.now() - startedMs) / 1000;
  if (result.type === 'error') throw result.error;
  composition.renderer.stop();
  return { seconds, sizeBytes: (await handle.getFile()).size };
}

/** The last encode's file. */
async function output(): Promise<File> {
  const root = await navigator.storage.getDirectory();
  return (await root.getFileHandle(OUTPUT)).getFile();
}

/** Decodes every frame of a file of the input and does nothing with it. */
async function decodeOnly(index: number): Promise<{ seconds: number; frames: number }> {
  const file = files()[index];
  if (!file) throw new Error(`Expected file ${index}`);
  using input = new Input({ source: new BlobSource(file), formats: ALL_FORMATS });
  const track = await input.getPrimaryVideoTrack();
  if (!track) throw new Error('Expected a video track');
  const startedMs = performance.now();
  let frames = 0;
  for await (const sample of new VideoSampleSink(track).samples()) {
    sample.close();
    frames += 1;
  }
  return { seconds: (performance.now() - startedMs) / 1000, frames };
}

function files(): FileList {
  const input = document.getElementById('operator-files') as HTMLInputElement;
  return input.files ?? new DataTransfer().files;
}

Object.assign(window, { reference: { open, encode, output, decodeOnly } });
