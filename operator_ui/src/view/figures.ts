/** `65.25` with one decimal is `1:05.3`; from an hour on `h:mm:ss`. */
export function formatClock(seconds: number, decimals = 0): string {
  if (!Number.isFinite(seconds)) return '–';
  const scale = 10 ** decimals;
  const rounded = Math.round(Math.max(0, seconds) * scale) / scale;
  const hours = Math.floor(rounded / 3600);
  const minutes = Math.floor((rounded % 3600) / 60);
  const rest = (rounded % 60).toFixed(decimals).padStart(decimals > 0 ? decimals + 3 : 2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** A length of time as an editor says it: `0.5 s`, `12 s`, `1:05 min`, `2:00:00 h`. */
export function formatLength(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 60) return `${Number(seconds.toFixed(2))} s`;
  return seconds < 3600 ? `${formatClock(seconds)} min` : `${formatClock(seconds)} h`;
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Decimal units with two or three digits that count: `1.4 MB`, `312 kB`. */
export function formatBytes(sizeBytes: number): string {
  const power = sizeBytes < 1 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(sizeBytes) / 3));
  const size = sizeBytes / 1000 ** power;
  return `${power === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${BYTE_UNITS[power]}`;
}

/** `23.976` stays, `30.000` becomes `30`. */
export function formatFrameRate(framesPerSecond: number): string {
  return `${Number(framesPerSecond.toFixed(3))} fps`;
}

export function formatSize(width: number, height: number): string {
  return `${Math.round(width)} × ${Math.round(height)}`;
}

export function formatCount(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

export function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
}
