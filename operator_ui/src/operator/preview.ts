/** Shows the current composition to people; never while the agent works, and never where nobody looks. */
import type * as core from '@diffusionstudio/core';
import { wrapRedraw } from './core_internals';

export class Preview {
  private element: HTMLElement | undefined;
  private composition: core.Composition | undefined;
  private mounted = false;
  private redrawing: Promise<void> = Promise.resolve();

  constructor() {
    document.addEventListener('visibilitychange', () => void this.refresh());
  }

  mountOn(element: HTMLElement): void {
    this.element = element;
    void this.refresh();
  }

  async show(composition: core.Composition | undefined): Promise<void> {
    await this.hide();
    this.composition = composition;
    if (composition) wrapRedraw(composition, (redraw) => this.redraw(redraw));
  }

  /** Takes the composition off the page and waits for a redraw under way, which shares the layers' state. */
  async hide(): Promise<void> {
    if (!this.mounted) return;
    this.composition?.unmount();
    this.mounted = false;
    await this.redrawing;
  }

  async refresh(): Promise<void> {
    const composition = this.composition;
    const element = this.element;
    if (!isWatched()) return this.hide();
    if (!composition || !element || this.mounted) return;
    this.mounted = true;
    composition.mount(element);
    await composition.seek(0);
  }

  private redraw(redraw: () => Promise<void>): Promise<void> {
    if (this.mounted) this.redrawing = redraw();
    return this.redrawing;
  }
}

function isWatched(): boolean {
  return document.visibilityState === 'visible' && !navigator.userAgent.includes('Headless');
}
