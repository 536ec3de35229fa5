/** What a verdict is about: the program, the assets' content and core's version. Twin: `agent/browser/fingerprint.py`. */
import { createSHA256 } from 'hash-wasm';

export interface Fingerprinted {
  name: string;
  sha256: string;
}

/** SHA-256 in hex of a canonical JSON text; assets are sorted by name (code points). */
export async function fingerprint(
  source: string,
  assets: readonly Fingerprinted[],
  coreVersion: string,
): Promise<string> {
  const sorted = assets.toSorted((a, b) => byCodePoint(a.name, b.name));
  const text = JSON.stringify({
    composition: source,
    assets: sorted.map(({ name, sha256 }) => [name, sha256]),
    core: coreVersion,
  });
  return (await createSHA256()).init().update(text).digest('hex');
}

/** JavaScript's own comparison goes by UTF-16 units, which order astral characters otherwise. */
function byCodePoint(a: string, b: string): number {
  const left = Array.from(a, codePoint);
  const right = Array.from(b, codePoint);
  const at = left.findIndex((point, index) => point !== right[index]);
  return at === -1 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1);
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0;
}
