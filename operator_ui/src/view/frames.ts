import type { SampledFrame } from '../protocol';

export function jpegUrl(frame: SampledFrame): string {
  return `data:image/jpeg;base64,${frame.jpegBase64}`;
}

/** At most `limit` of the items, spread evenly, with the first and the last among them. */
export function evenly<Item>(items: readonly Item[], limit: number): readonly Item[] {
  if (items.length <= limit) return items;
  const stride = (items.length - 1) / (limit - 1);
  const chosen = new Set(Array.from({ length: limit }, (_, index) => Math.round(index * stride)));
  return items.filter((_, index) => chosen.has(index));
}
