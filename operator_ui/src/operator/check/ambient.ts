/** Declarations of the names that are in a program's scope without an import. */
import type { AssetKind } from '../../protocol';

export interface NamedAsset {
  name: string;
  kind: AssetKind;
}

/** core's module as a global that is value and namespace at once, so that `core.VideoSource` is a type as well. */
export const CORE_GLOBAL = `export * from '@diffusionstudio/core';\nexport as namespace core;\n`;

/** The few browser types core's own declarations speak of; opaque, because programs get no browser. */
export const BROWSER_TYPES = `
interface Blob { readonly size: number; readonly type: string; arrayBuffer(): Promise<ArrayBuffer>; text(): Promise<string> }
interface File extends Blob { readonly name: string; readonly lastModified: number }
interface FileSystemFileHandle { readonly kind: 'file'; readonly name: string; getFile(): Promise<File> }
interface AudioBuffer {
  readonly duration: number; readonly length: number; readonly numberOfChannels: number; readonly sampleRate: number;
  getChannelData(channel: number): Float32Array;
}
interface HTMLElement { readonly __element: unique symbol }
interface HTMLImageElement extends HTMLElement { readonly naturalWidth: number; readonly naturalHeight: number }
interface HTMLCanvasElement extends HTMLElement { readonly width: number; readonly height: number }
interface OffscreenCanvas { readonly width: number; readonly height: number }
interface CanvasRenderingContext2D { readonly canvas: HTMLCanvasElement }
interface TextMetrics { readonly width: number }
interface Path2D { readonly __path: unique symbol }
interface AudioNode { readonly __node: unique symbol }
interface GainNode extends AudioNode { readonly __gain: unique symbol }
interface AudioContext { readonly currentTime: number; readonly sampleRate: number }
interface OfflineAudioContext { readonly currentTime: number; readonly sampleRate: number; readonly length: number }
interface CanvasRenderingContext2DSettings { alpha?: boolean; willReadFrequently?: boolean }
interface CryptoKey { readonly type: string }
interface WritableStream { readonly locked: boolean }
`;

/** `composition`, `asset(name)` and `console`, for the assets at hand. */
export function programScope(assets: readonly NamedAsset[]): string {
  const sources = assets.filter((asset) => asset.kind !== 'font');
  const names = sources.map((asset) => JSON.stringify(asset.name)).join(' | ') || 'never';
  const members = sources.map((asset) => `  ${JSON.stringify(asset.name)}: ${SOURCE_TYPE[asset.kind]};`);
  return [
    '/** The empty composition the program fills. */',
    'declare const composition: core.Composition;',
    `interface AssetSources {\n${members.join('\n')}\n}`,
    '/** An asset of the session by its name, ready for a clip. */',
    `declare function asset<Name extends ${names}>(name: Name): AssetSources[Name];`,
    'interface Console { log(...values: unknown[]): void; info(...values: unknown[]): void;',
    '  warn(...values: unknown[]): void; error(...values: unknown[]): void }',
    '/** Lines go back to the agent. */',
    'declare const console: Console;',
  ].join('\n');
}

const SOURCE_TYPE: Record<AssetKind, string> = {
  video: 'core.VideoSource',
  audio: 'core.AudioSource',
  image: 'core.ImageSource',
  captions: 'core.CaptionSource',
  font: 'never',
};
