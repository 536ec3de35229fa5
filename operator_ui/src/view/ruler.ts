import { formatClock } from './figures';

export interface RulerTick {
  readonly seconds: number;
  /** Only major ticks have one. */
  readonly label?: string;
}

const LABEL_WIDTH_PX = 72;

/** Seconds between labels, each with the number of parts it is divided into. */
const STEPS: readonly (readonly [seconds: number, parts: number])[] = [
  [0.1, 5],
  [0.2, 4],
  [0.5, 5],
  [1, 5],
  [2, 4],
  [5, 5],
  [10, 5],
  [15, 3],
  [30, 3],
  [60, 4],
  [120, 4],
  [300, 5],
  [600, 5],
  [900, 3],
  [1800, 3],
  [3600, 4],
];

/** Ticks from 0 to the span's end; labels never come closer than their own width. */
export function rulerTicks(spanSeconds: number, widthPx: number): RulerTick[] {
  const [step, parts] = rulerStep(spanSeconds, widthPx);
  const decimals = step < 1 ? 1 : 0;
  const count = Math.floor((spanSeconds / step) * parts + 1e-6);
  return Array.from({ length: count + 1 }, (_, index) => {
    const seconds = (index * step) / parts;
    return index % parts === 0 ? { seconds, label: formatClock(seconds, decimals) } : { seconds };
  });
}

function rulerStep(spanSeconds: number, widthPx: number): readonly [number, number] {
  const finest = (LABEL_WIDTH_PX * spanSeconds) / Math.max(1, widthPx);
  const fitting = STEPS.find(([seconds]) => seconds >= finest);
  return fitting ?? [Math.ceil(finest / 3600) * 3600, 4];
}
