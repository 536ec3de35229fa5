import { createSHA256 } from 'hash-wasm';

/** SHA-256 in hex, read in pieces. */
export async function sha256Of(blob: Blob): Promise<string> {
  const hasher = (await createSHA256()).init();
  const reader = blob.stream().getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) hasher.update(piece.value);
  return hasher.digest('hex');
}
