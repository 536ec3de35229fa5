/** Numbers as people read them. */

export function megabytes(value) {
  if (value == null) return "–";
  return value < 10 ? `${value.toFixed(1)} MB` : `${Math.round(value)} MB`;
}

export function duration(seconds) {
  if (!(seconds > 0)) return "now";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
