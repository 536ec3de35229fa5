/** Makes shipped fonts usable by name, loads them before they are drawn, and tells which names lead nowhere. */
import { WebFonts } from '@diffusionstudio/core';
import { SHIPPED_FONTS, type ShippedFace } from './shipped';

/** Families core names that may not be shipped, and the nearest that is. */
const STAND_INS: Readonly<Record<string, string>> = { 'The Bold Font': 'Anton', 'Komika Axis': 'Bangers' };
const GENERIC = new Set([
  'serif',
  'sans-serif',
  'monospace',
  'cursive',
  'fantasy',
  'system-ui',
  'ui-sans-serif',
  'ui-serif',
]);
const LOAD_LIMIT_MS = 10_000;
/** Loading a variable font by any weight loads it for all; the static ones come in these. */
const WEIGHTS = ['400', '700'];

export const FONT_FAMILIES: readonly string[] = [...SHIPPED_FONTS.keys(), ...Object.keys(STAND_INS)].sort();

/** Declares every shipped face; nothing is fetched before a text asks for it. */
export function registerShippedFonts(): void {
  for (const family of FONT_FAMILIES) {
    for (const face of facesOf(family)) document.fonts.add(fontFace(family, face));
  }
  divertWebFonts();
}

/** Loads the shipped families that *text* names in quotes, for all the characters of *text*. */
export async function loadFontsNamedIn(text: string): Promise<void> {
  const named = FONT_FAMILIES.filter((family) => new RegExp(`['"\`]${family}['"\`,]`).test(text));
  await loadFamilies(named, text);
}

/** Loads *families* for the characters of *text*; a family that is not ours is left to the browser. */
export async function loadFamilies(families: Iterable<string>, text: string): Promise<void> {
  const wanted = [...families].flatMap((family) => WEIGHTS.map((weight) => `${weight} 16px "${family}"`));
  const characters = [...new Set(`Aa${text}`)].join('');
  const loading = Promise.all(wanted.map((font) => document.fonts.load(font, characters)));
  await Promise.race([loading, new Promise((resolve) => setTimeout(resolve, LOAD_LIMIT_MS))]);
}

/** Whether text in *family* is drawn in it; a browser silently takes another font otherwise. */
export function isFontAvailable(family: string): boolean {
  if (family.includes(','))
    return family.split(',').some((name) => isFontAvailable(name.trim().replace(/["']/g, '')));
  return GENERIC.has(family) || SHIPPED_FONTS.has(family) || widthsDiffer(family);
}

/** The shipped family that is drawn in place of *family*, if another one is. */
export function standInFor(family: string): string | undefined {
  return STAND_INS[family];
}

/** An installed font gives its own widths, whatever the fallback behind it is. */
function widthsDiffer(family: string): boolean {
  const context = new OffscreenCanvas(1, 1).getContext('2d');
  if (!context) return false;
  return ['monospace', 'serif'].some((fallback) => {
    const width = (font: string): number => {
      context.font = `72px ${font}`;
      return context.measureText('mmmmmlliWQ@0123').width;
    };
    return width(fallback) !== width(`"${family}", ${fallback}`);
  });
}

function facesOf(family: string): readonly ShippedFace[] {
  return SHIPPED_FONTS.get(STAND_INS[family] ?? family) ?? [];
}

function fontFace(family: string, face: ShippedFace): FontFace {
  return new FontFace(family, `url(${face.url})`, { weight: face.weight, unicodeRange: face.unicodeRange });
}

/** core's `loadFont` and its caption presets fetch from the network; their addresses lead to our files instead. */
function divertWebFonts(): void {
  const families = new Map(Object.entries(WebFonts).map(([family, { url }]) => [url as string, family]));
  window.FontFace = class DivertedFontFace extends FontFace {
    constructor(family: string, source: string | BufferSource, descriptors?: FontFaceDescriptors) {
      const address = typeof source === 'string' ? /url\(["']?(.*?)["']?\)/.exec(source)?.[1] : undefined;
      const known = address === undefined ? undefined : families.get(address);
      const latin = known === undefined ? undefined : facesOf(known).find(isLatin);
      if (!latin) super(family, source, descriptors);
      else super(family, `url(${latin.url})`, { ...descriptors, unicodeRange: latin.unicodeRange });
    }
  };
}

function isLatin(face: ShippedFace): boolean {
  return face.unicodeRange.startsWith('U+0000');
}
