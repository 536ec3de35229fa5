/** The fonts that come with the page: every `@fontsource` package among its dependencies, found at build time. */

export interface ShippedFace {
  url: string;
  /** A weight, or the range of a variable font, as CSS writes them. */
  weight: string;
  unicodeRange: string;
}

interface Metadata {
  id: string;
  family: string;
  variable: false | { wght?: { min: string; max: string } };
}

const METADATA = import.meta.glob<Metadata>('/node_modules/@fontsource*/*/metadata.json', {
  import: 'default',
  eager: true,
  exhaustive: true,
});
const UNICODE = import.meta.glob<Record<string, string>>('/node_modules/@fontsource*/*/unicode.json', {
  import: 'default',
  eager: true,
  exhaustive: true,
});
const VARIABLE_FILES = import.meta.glob<string>(
  '/node_modules/@fontsource-variable/*/files/*-{latin,latin-ext,cyrillic,greek}-wght-normal.woff2',
  { query: '?url', import: 'default', eager: true, exhaustive: true },
);
const STATIC_FILES = import.meta.glob<string>(
  '/node_modules/@fontsource/*/files/*-{latin,latin-ext,cyrillic}-{400,700}-normal.woff2',
  { query: '?url', import: 'default', eager: true, exhaustive: true },
);

/** Faces by family. */
export const SHIPPED_FONTS: ReadonlyMap<string, readonly ShippedFace[]> = collectFaces();

function collectFaces(): Map<string, ShippedFace[]> {
  const families = new Map<string, ShippedFace[]>();
  for (const [path, metadata] of Object.entries(METADATA)) {
    const folder = path.slice(0, -'metadata.json'.length);
    families.set(metadata.family, facesOf(metadata, folder, UNICODE[`${folder}unicode.json`] ?? {}));
  }
  return families;
}

function facesOf({ id, variable }: Metadata, folder: string, ranges: Record<string, string>): ShippedFace[] {
  const files = variable ? VARIABLE_FILES : STATIC_FILES;
  const prefix = `${folder}files/${id}-`;
  return Object.entries(files)
    .filter(([path]) => path.startsWith(prefix))
    .flatMap(([path, url]) => {
      const [, subset, weight] = /^(.+)-(wght|\d+)-normal\.woff2$/.exec(path.slice(prefix.length)) ?? [];
      const unicodeRange = ranges[subset ?? ''];
      if (weight === undefined || unicodeRange === undefined) return [];
      return [{ url, unicodeRange, weight: variable ? weightRange(variable) : weight }];
    });
}

function weightRange({ wght }: { wght?: { min: string; max: string } }): string {
  return wght ? `${wght.min} ${wght.max}` : '400';
}
