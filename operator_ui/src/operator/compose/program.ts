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
/** Lines before the program's first: the head of the function around it, which takes two, and its own. */
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

/** Resolves when the program has ended, rejects with what it threw. */
export async function runProgram(javascript: string, scope: ProgramScope): Promise<void> {
  const given = { ...scope, Math: repeatableMath(), Date: repeatableDate() };
  const names = [...Object.keys(given), ...SHADOWED];
  // A function inside the one that shadows, so that a program may give its own things the shadowed names.
  const body = `"use strict"; return async () => {\n${javascript}\n}\n//# sourceURL=${PROGRAM_FILE}`;
  const program = new Function(names.join(','), body)(...Object.values(given)) as () => Promise<void>;
  await program();
}
