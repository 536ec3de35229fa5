/**
 * What the page knows, apart from how it is shown: `operator/` writes it, `view/` subscribes to it.
 */
import type {
  AssetInfo,
  CompositionSummary,
  ConsoleLine,
  Diagnostic,
  PresentRequest,
  SampledFrame,
} from './protocol';

export interface PageState {
  readonly coreVersion: string;
  readonly prompt: string;
  readonly stage: string;
  readonly assets: readonly AssetInfo[];
  readonly source: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly fingerprint: string | undefined;
  readonly summary: CompositionSummary | undefined;
  readonly samples: readonly SampledFrame[];
  readonly verdict: PresentRequest['verdict'];
  readonly log: readonly (ConsoleLine & { readonly timestamp: Date })[];
  readonly progress: { readonly stage: string; readonly done: number; readonly total: number } | undefined;
}

export interface ReadableState {
  get(): PageState;
  /** Calls back after each change; returns the unsubscribe. */
  subscribe(listener: (state: PageState) => void): () => void;
}

export class StateStore implements ReadableState {
  private state: PageState;
  private readonly listeners = new Set<(state: PageState) => void>();

  constructor(initial: PageState) {
    this.state = initial;
  }

  get(): PageState {
    return this.state;
  }

  update(change: Partial<PageState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener(this.state);
  }

  subscribe(listener: (state: PageState) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
