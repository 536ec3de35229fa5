/** TypeScript's diagnostics as the protocol carries them. */
import { closest } from 'fastest-levenshtein';
import ts from 'typescript';
import type { Diagnostic } from '../../protocol';

const LONGEST_MESSAGE = 1200;
const SCOPE_HINT =
  'A program has core, composition, asset(name) and console; no page, no network, no timers.';
/** "Cannot find name …", with and without advice about libraries that a program cannot change. */
const UNKNOWN_NAME = new Set([2304, 2580, 2581, 2582, 2583, 2584, 2591, 2592, 2593]);
const WRONG_ARGUMENT = 2345;

/** *assets*: names that `asset()` takes. */
export function toDiagnostic(
  diagnostic: ts.Diagnostic,
  file: ts.SourceFile,
  assets: readonly string[],
): Diagnostic {
  const { message, suggestion } = splitSuggestion(
    ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'),
  );
  const advice = suggestion ?? ownAdvice(diagnostic, file, assets);
  return {
    ...placeOf(file, diagnostic.start ?? 0),
    code: diagnostic.code,
    message: UNKNOWN_NAME.has(diagnostic.code) ? withoutLibraryAdvice(message) : message,
    ...(advice !== undefined && { suggestion: advice }),
  };
}

export function placeOf(file: ts.SourceFile, position: number): { line: number; column: number } {
  const { line, character } = file.getLineAndCharacterOfPosition(position);
  return { line: line + 1, column: character + 1 };
}

export function sorted(diagnostics: Diagnostic[]): Diagnostic[] {
  return diagnostics.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function splitSuggestion(text: string): { message: string; suggestion?: string } {
  const found = /\s*(Did you (?:mean|forget)[^?]*\?)/.exec(text);
  if (!found?.[1]) return { message: shortened(text) };
  return { message: shortened(text.replace(found[0], '')), suggestion: found[1] };
}

function withoutLibraryAdvice(message: string): string {
  return message.replace(/\. Do you need.*$/s, '').replace(/\.?$/, '.');
}

function shortened(text: string): string {
  return text.length <= LONGEST_MESSAGE ? text : `${text.slice(0, LONGEST_MESSAGE)} …`;
}

function ownAdvice(
  diagnostic: ts.Diagnostic,
  file: ts.SourceFile,
  assets: readonly string[],
): string | undefined {
  if (UNKNOWN_NAME.has(diagnostic.code)) return SCOPE_HINT;
  const named = diagnostic.code === WRONG_ARGUMENT ? assetArgument(diagnostic, file) : undefined;
  if (named === undefined) return undefined;
  if (assets.length === 0) return 'The session has no assets.';
  return `Did you mean '${closest(named, [...assets])}'? The assets are ${assets.map((name) => `'${name}'`).join(', ')}.`;
}

/** The text of `asset(…)`'s argument when the diagnostic is about one. */
function assetArgument(diagnostic: ts.Diagnostic, file: ts.SourceFile): string | undefined {
  const start = diagnostic.start ?? 0;
  if (!/\basset\s*\(\s*$/.test(file.text.slice(0, start))) return undefined;
  const argument = file.text.slice(start, start + (diagnostic.length ?? 0));
  return argument.replace(/^['"`]|['"`]$/g, '');
}
