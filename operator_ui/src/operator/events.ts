/** What the page pushes to its agent, and shows to people at the same time. */
import { type ConsoleLine, EVENT_BINDING, type OperatorEvent } from '../protocol';
import type { StateStore } from '../state';

type Stage = Extract<OperatorEvent, { type: 'progress' }>['stage'];

const MOST_LOG_LINES = 500;

export class Events {
  constructor(private readonly store: StateStore) {}

  progress(stage: Stage, done: number, total: number): void {
    this.store.update({ progress: { stage, done, total } });
    push({ type: 'progress', stage, done, total });
  }

  /** Nothing is under way any more. */
  idle(): void {
    this.store.update({ progress: undefined });
  }

  log(level: ConsoleLine['level'], text: string): void {
    const line = { level, text, timestamp: new Date() };
    this.store.update({ log: [...this.store.get().log, line].slice(-MOST_LOG_LINES) });
    push({ type: 'log', level, text });
  }
}

/** The binding is there only while an agent is connected. */
function push(event: OperatorEvent): void {
  const binding = (window as unknown as Record<string, unknown>)[EVENT_BINDING];
  if (typeof binding === 'function') binding(JSON.stringify(event));
}
