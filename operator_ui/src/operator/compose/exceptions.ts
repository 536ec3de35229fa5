/** What a program threw, as a diagnostic at the program's own line. */
import type { Diagnostic } from '../../protocol';
import { LINES_BEFORE, PROGRAM_FILE } from './program';

/** Deep enough to get from core's inside back to the program. */
export const STACK_FRAMES = 60;

export function exceptionDiagnostic(error: unknown): Diagnostic {
  const place = placeInProgram(error instanceof Error ? (error.stack ?? '') : '');
  return { ...place, code: 0, message: describe(error) };
}

/** The innermost line of the program in a stack trace; line 1 where the trace has none. */
export function placeInProgram(stack: string): { line: number; column: number } {
  const frame = new RegExp(`${PROGRAM_FILE.replace('.', '\\.')}:(\\d+):(\\d+)`).exec(stack);
  if (!frame) return { line: 1, column: 1 };
  return { line: Math.max(1, Number(frame[1]) - LINES_BEFORE), column: Number(frame[2]) };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `Thrown: ${String(error)}`;
  return error.name === 'Error' ? error.message : `${error.name}: ${error.message}`;
}
