/**
 * Runs one program in a function of its own, with what it may use as parameters and the page's globals shadowed.
 * Shadowing keeps honest programs honest and repeatable; the page's policy, which knows no network, is the fence.
 */
import type * as core from '@diffusionstudio/core';
import { repeatableDate, repeatableMath } from './repeatable';

export interface ProgramScope {
  core: typeof core;
  composition: core.Composition;
  asset: (name: string) => core.BaseSource;
  console: ProgramConsole;
}

export type ProgramConsole = Record<
  'log' | 'info' | 'warn' | 'error' | 'debug',
  (...values: unknown[]) => void
>;

/** Its name in stack traces. */
export const PROGRAM_FILE = 'composition.ts';
/** Lines before the program's first: the function's head and the directive. */
export const LINES_BEFORE = 3;

const SHADOWED = [
  'window',
  'self',
  'globalThis',
  'top',
  'parent',
  'frames',
  'opener',
  'document',
  'location',
  'history',
  'operator',
  'roughcutEvent',
  'fetch',
  'XMLHttpRequest',
  'WebSocket',
  'EventSource',
  'WebTransport',
  'RTCPeerConnection',
  'Worker',
  'SharedWorker',
  'navigator',
  'indexedDB',
  'caches',
  'localStorage',
  'sessionStorage',
  'cookieStore',
  'setTimeout',
  'setInterval',
  'clearTimeout',
  'clearInterval',
  'requestAnimationFrame',
  'requestIdleCallback',
  'queueMicrotask',
  'setImmediate',
  'postMessage',
  'BroadcastChannel',
  'MessageChannel',
  'alert',
  'confirm',
  'prompt',
  'open',
  'close',
  'performance',
  'crypto',
  'Function',
] as const;

const AsyncFunction = (async () => {}).constructor as new (
  ...text: string[]
) => (...values: unknown[]) => Promise<unknown>;

/** Resolves when the program has ended, rejects with what it threw. */
export async function runProgram(javascript: string, scope: ProgramScope): Promise<void> {
  const given = { ...scope, Math: repeatableMath(), Date: repeatableDate() };
  const names = [...Object.keys(given), ...SHADOWED];
  const body = `"use strict";\n${javascript}\n//# sourceURL=${PROGRAM_FILE}`;
  const program = new AsyncFunction(names.join(','), body);
  await program(...Object.values(given));
}
