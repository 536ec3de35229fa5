/** The page's side of the type checker. */
import type { CheckResult } from '../../protocol';
import type { NamedAsset } from './ambient';
import type { CheckReply, CheckRequest } from './messages';

/** `javascript` is the program to run; empty unless `ok`. */
export type CheckedProgram = CheckResult & { javascript: string };

export class Checker {
  private readonly worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'classic' });
  private readonly waiting = new Map<number, (reply: CheckReply) => void>();
  private nextId = 0;
  private failure: string | undefined;

  constructor() {
    this.worker.onmessage = (event: MessageEvent<CheckReply>) => this.settle(event.data);
    this.worker.onerror = (event) => this.fail(event.message || 'the worker did not load');
  }

  async check(source: string, assets: readonly NamedAsset[]): Promise<CheckedProgram> {
    const startedMs = performance.now();
    const reply = await this.ask({ id: this.nextId++, source, assets });
    if ('failure' in reply) throw new Error(`The type checker failed: ${reply.failure}`);
    const { diagnostics, javascript } = reply;
    return {
      ok: diagnostics.length === 0,
      diagnostics,
      javascript,
      elapsedSeconds: (performance.now() - startedMs) / 1000,
    };
  }

  private ask(request: CheckRequest): Promise<CheckReply> {
    if (this.failure !== undefined) return Promise.resolve({ id: request.id, failure: this.failure });
    return new Promise((resolve) => {
      this.waiting.set(request.id, resolve);
      this.worker.postMessage(request);
    });
  }

  private settle(reply: CheckReply): void {
    this.waiting.get(reply.id)?.(reply);
    this.waiting.delete(reply.id);
  }

  private fail(failure: string): void {
    this.failure = failure;
    for (const [id, resolve] of this.waiting) resolve({ id, failure });
    this.waiting.clear();
  }
}
