/** The composition that is current, and the way from a program to a new one. */
import * as core from '@diffusionstudio/core';
import { loadFamilies, loadFontsNamedIn } from '../../fonts/library';
import type { CompositionSummary, ConsoleLine, Diagnostic } from '../../protocol';
import { silenceRedraw, watchResize } from '../core_internals';
import { recordingConsole } from './console';
import { exceptionDiagnostic } from './exceptions';
import { runProgram } from './program';
import { RestingState, startVolumesAtTheirFirstValue } from './resting_state';
import { fullText, summarize } from './summary';
import type { Size } from './warnings';

/** A composition that ran to its end; passes over it begin from `resting`. */
export interface Composed {
  composition: core.Composition;
  resting: RestingState;
  summary: CompositionSummary;
  fingerprint: string;
}

export type RunResult =
  | { ok: true; composed: Omit<Composed, 'fingerprint'>; console: ConsoleLine[] }
  | {
      ok: false;
      reason: 'exception' | 'time_limit' | 'empty';
      diagnostics: Diagnostic[];
      console: ConsoleLine[];
    };

export interface RunRequest {
  source: string;
  javascript: string;
  sources: ReadonlyMap<string, core.BaseSource>;
  timeLimitSeconds: number;
  onConsole: (line: ConsoleLine) => void;
}

/** Runs a checked program on an empty composition; what it leaves behind when it fails is disposed of. */
export async function runOnEmptyComposition(request: RunRequest): Promise<RunResult> {
  const { console, lines } = recordingConsole(request.onConsole);
  await loadFontsNamedIn(request.source);
  const { composition, askedSize } = emptyComposition();
  const asset = (name: string): core.BaseSource => sourceNamed(name, request.sources);
  try {
    const program = runProgram(request.javascript, { core, composition, asset, console });
    await withinLimit(program, request.timeLimitSeconds);
    await loadFontsOf(composition);
    if (isEmpty(composition)) return failed(composition, 'empty', emptyDiagnostic(composition), lines);
    startVolumesAtTheirFirstValue(composition);
    const resting = RestingState.of(composition);
    const summary = summarize(composition, resting, askedSize());
    return { ok: true, composed: { composition, resting, summary }, console: lines };
  } catch (error) {
    const reason = error instanceof TimeLimit ? 'time_limit' : 'exception';
    return failed(composition, reason, exceptionDiagnostic(error), lines);
  }
}

/** Lets go of the audio device and decoders a composition holds. */
export function dispose(composition: core.Composition): void {
  composition.unmount();
  const { audioCtx } = composition.renderer;
  if (audioCtx instanceof AudioContext && audioCtx.state !== 'closed') void audioCtx.close();
}

class TimeLimit extends Error {}

function emptyComposition(): { composition: core.Composition; askedSize: () => Size } {
  const composition = new core.Composition();
  silenceRedraw(composition);
  let asked: Size = { width: composition.width, height: composition.height };
  watchResize(composition, (width, height) => {
    asked = { width, height };
  });
  return { composition, askedSize: () => asked };
}

function sourceNamed(name: string, sources: ReadonlyMap<string, core.BaseSource>): core.BaseSource {
  const source = sources.get(name);
  if (!source)
    throw new Error(`No asset is named ${JSON.stringify(name)}; there are ${[...sources.keys()].join(', ')}`);
  return source;
}

async function withinLimit(program: Promise<void>, limitSeconds: number): Promise<void> {
  const message = `The program has not ended after ${limitSeconds} s: it waits for a promise that never settles`;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeLimit(message)), limitSeconds * 1000);
  });
  try {
    await Promise.race([program, limit]);
  } finally {
    clearTimeout(timer);
  }
}

async function loadFontsOf(composition: core.Composition): Promise<void> {
  const texts = composition.clips.filter(
    (clip) => clip instanceof core.TextClip || clip instanceof core.CaptionClip,
  );
  const families = new Set(texts.map((clip) => clip.font.family));
  const characters = texts
    .map((clip) => (clip instanceof core.TextClip ? fullText(clip) : spokenText(clip)))
    .join('');
  await loadFamilies(families, characters + characters.toUpperCase());
}

function spokenText(clip: core.CaptionClip): string {
  return (
    clip.source?.transcript.map((group) => group.words.map((word) => word.text).join(' ')).join(' ') ?? ''
  );
}

function isEmpty(composition: core.Composition): boolean {
  return composition.clips.length === 0 || composition.duration <= 0;
}

function emptyDiagnostic(composition: core.Composition): Diagnostic {
  const found = `${composition.clips.length} clips and a duration of ${composition.duration} s`;
  return {
    line: 1,
    column: 1,
    code: 0,
    message: `Expected a composition with something to show, got ${found}`,
    suggestion: 'Add layers by `await composition.add(layer)` and clips by `await layer.add(clip)`.',
  };
}

function failed(
  composition: core.Composition,
  reason: 'exception' | 'time_limit' | 'empty',
  diagnostic: Diagnostic,
  console: ConsoleLine[],
): RunResult {
  dispose(composition);
  return { ok: false, reason, diagnostics: [diagnostic], console };
}
