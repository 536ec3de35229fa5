/** `Math` and `Date` that give a program the same values on every run. */

const SEED = 0x9e3779b9;
const NOW_MS = Date.UTC(2025, 0, 1);

export function repeatableMath(): Math {
  const random = seededRandom(SEED);
  return Object.create(Math, { random: { value: random } }) as Math;
}

export function repeatableDate(): DateConstructor {
  return new Proxy(Date, {
    construct: (target, values: unknown[]) =>
      Reflect.construct(target, values.length > 0 ? values : [NOW_MS]) as Date,
    apply: () => new Date(NOW_MS).toString(),
    get: (target, key) => (key === 'now' ? () => NOW_MS : Reflect.get(target, key)),
  });
}

/** Mulberry32. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
