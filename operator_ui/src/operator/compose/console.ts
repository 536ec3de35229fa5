/** A program's console: its lines go back to the agent. */
import type { ConsoleLine } from '../../protocol';
import type { ProgramConsole } from './program';

const MOST_LINES = 200;
const LONGEST_LINE = 2000;

export function recordingConsole(onLine: (line: ConsoleLine) => void): {
  console: ProgramConsole;
  lines: ConsoleLine[];
} {
  const lines: ConsoleLine[] = [];
  const record =
    (level: ConsoleLine['level']) =>
    (...values: unknown[]): void => {
      if (lines.length >= MOST_LINES) return;
      const line = { level, text: values.map(textOf).join(' ').slice(0, LONGEST_LINE) };
      lines.push(line);
      onLine(line);
    };
  const console = {
    log: record('log'),
    info: record('info'),
    warn: record('warn'),
    error: record('error'),
    debug: record('log'),
  };
  return { console, lines };
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return value.stack ?? String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
