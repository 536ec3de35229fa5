/** How far a stage was at a moment of the page's clock. */
export interface Mark {
  readonly atMs: number;
  readonly done: number;
}

const WINDOW_MS = 15_000;
const SHORTEST_BASIS_MS = 400;

/** The marks an estimate rests on: those of the last seconds, and none from before a restart. */
export function withMark(marks: readonly Mark[], mark: Mark): readonly Mark[] {
  const last = marks.at(-1);
  if (last !== undefined && mark.done < last.done) return [mark];
  return [...marks.filter(({ atMs }) => mark.atMs - atMs <= WINDOW_MS), mark];
}

/** Seconds until `total`, at the speed of the marks; undefined while they cannot tell. */
export function remainingSeconds(marks: readonly Mark[], total: number): number | undefined {
  const first = marks[0];
  const last = marks.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const elapsedMs = last.atMs - first.atMs;
  const advanced = last.done - first.done;
  if (elapsedMs < SHORTEST_BASIS_MS || advanced <= 0) return undefined;
  return (Math.max(0, total - last.done) * elapsedMs) / advanced / 1000;
}
