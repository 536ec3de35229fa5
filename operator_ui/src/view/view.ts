import './styles.css';
import type { PageState, ReadableState } from '../state';
import { assetsPanel } from './assets';
import { element } from './element';
import { headerPanel } from './header';
import { logPanel } from './log';
import type { Panel } from './panel';
import { previewPanel } from './preview';
import { programPanel } from './program';
import { progressPanel } from './progress';
import { samplesPanel } from './samples';
import { timelinePanel } from './timeline';
import { verdictPanel } from './verdict';

/** Drawing competes with encoding for the processor; people read no faster than this. */
const SHORTEST_INTERVAL_MS = 200;

/** Shows `state` in `root` for as long as the page lives; `mountPreview` is given the preview's place once. */
export function mountView(
  root: HTMLElement,
  state: ReadableState,
  mountPreview: (element: HTMLElement) => void,
): void {
  const panels = {
    header: headerPanel(),
    assets: assetsPanel(),
    verdict: verdictPanel(),
    preview: previewPanel(mountPreview),
    samples: samplesPanel(),
    program: programPanel(),
    log: logPanel(),
    timeline: timelinePanel(),
    progress: progressPanel(),
  };
  root.classList.add('operator');
  root.replaceChildren(
    panels.header.element,
    element(
      'main',
      { class: 'workspace' },
      element('div', { class: 'column' }, panels.assets.element, panels.verdict.element),
      element('div', { class: 'column' }, panels.preview.element, panels.samples.element),
      element('div', { class: 'column' }, panels.program.element, panels.log.element),
      panels.timeline.element,
    ),
    panels.progress.element,
  );

  const all: readonly Panel[] = Object.values(panels);
  let shown = state.get();
  for (const panel of all) panel.render(shown);
  state.subscribe(
    atMostEvery(SHORTEST_INTERVAL_MS, () => {
      const newest = state.get();
      const changed = all.filter(({ reads }) => differ(shown, newest, reads));
      shown = newest;
      for (const panel of changed) panel.render(newest);
    }),
  );
}

function differ(before: PageState, after: PageState, slices: readonly (keyof PageState)[]): boolean {
  return slices.some((slice) => before[slice] !== after[slice]);
}

/** Runs `action` soon after a call, once for all calls that come within the interval. */
function atMostEvery(intervalMs: number, action: () => void): () => void {
  let isPending = false;
  let lastMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (isPending) return;
    isPending = true;
    const waitMs = Math.max(0, lastMs + intervalMs - performance.now());
    setTimeout(() => {
      isPending = false;
      lastMs = performance.now();
      action();
    }, waitMs);
  };
}
