import type { CompositionSummary, LayerSummary, SampledFrame } from '../protocol';
import type { PageState } from '../state';
import { clipBar } from './clip';
import { element } from './element';
import { formatClock, formatCount } from './figures';
import { emptyNote, type Panel, panelFrame } from './panel';
import { rulerTicks } from './ruler';
import { apart, largestZoom, placeClip, timelineSpan, timeToFraction } from './scale';
import { walkByArrowKeys } from './walk';
import { warningList } from './warnings';
import { zoomControls } from './zoom';

const SAMPLE_GAP_PX = 4;

/** Layers and their clips over time, the top layer first. */
export function timelinePanel(): Panel {
  const frame = panelFrame('timeline', 'Timeline');
  const ruler = element('div', { class: 'lane ruler', 'aria-hidden': 'true' });
  const sampleLane = element('div', { class: 'lane sample-lane', 'aria-hidden': 'true' });
  const layers = element('ol', { class: 'layers' });
  const scroller = element(
    'div',
    { class: 'timeline-scroller' },
    row('timeline-top', '', ruler),
    layers,
    row('sample-row', 'Samples', sampleLane),
  );
  const note = emptyNote('Layers and clips will appear here, the top layer first, once a program has run.');
  const detail = element('p', { class: 'clip-detail', role: 'status' });
  let shown: Pick<PageState, 'summary' | 'samples'> = { summary: undefined, samples: [] };

  const drawScale = (): void => {
    if (shown.summary === undefined) return;
    const spanSeconds = timelineSpan(shown.summary);
    zoom.setLargest(largestZoom(spanSeconds, ruler.clientWidth / zoom.value()));
    ruler.replaceChildren(...rulerMarks(spanSeconds, ruler.clientWidth));
    sampleLane.replaceChildren(...sampleMarks(shown.samples, spanSeconds, sampleLane.clientWidth));
  };
  const zoom = zoomControls(scroller, drawScale);
  new ResizeObserver(drawScale).observe(scroller);

  frame.head.append(zoom.element);
  frame.body.append(note, scroller, detail);
  walkByArrowKeys(layers, '.clip');
  describeOnHover(layers, detail);

  return {
    element: frame.element,
    reads: ['summary', 'samples'],
    render(state: PageState) {
      const { summary, samples } = state;
      const isNew = summary !== shown.summary;
      shown = { summary, samples };
      frame.element.classList.toggle('is-empty', summary === undefined);
      note.hidden = summary !== undefined;
      if (summary !== undefined && isNew) {
        frame.facts.replaceChildren(...timelineFacts(summary));
        layers.replaceChildren(...layerRows(summary));
        layers.querySelector('.clip')?.setAttribute('tabindex', '0');
        scroller.style.setProperty(
          '--end',
          String(timeToFraction(summary.durationSeconds, timelineSpan(summary))),
        );
        detail.textContent = 'Point at a clip or walk through them with the arrow keys to read its figures.';
      }
      if (summary === undefined) frame.facts.replaceChildren();
      drawScale();
    },
  };
}

function row(name: string, label: string, lane: HTMLElement): HTMLElement {
  return element('div', { class: `timeline-row ${name}` }, element('span', { class: 'gutter' }, label), lane);
}

function timelineFacts(summary: CompositionSummary): HTMLElement[] {
  const clips = summary.layers.reduce((count, layer) => count + layer.clips.length, 0);
  const facts = [
    element('span', {}, formatCount(summary.layers.length, 'layer', 'layers')),
    element('span', {}, formatCount(clips, 'clip', 'clips')),
    element('span', {}, formatClock(summary.durationSeconds, 1)),
  ];
  if (summary.warnings.length > 0) facts.push(warningList(summary.warnings));
  return facts;
}

function layerRows(summary: CompositionSummary): HTMLElement[] {
  return [...summary.layers].sort((a, b) => a.index - b.index).map((layer) => layerRow(layer, summary));
}

function layerRow(layer: LayerSummary, summary: CompositionSummary): HTMLElement {
  const spanSeconds = timelineSpan(summary);
  const clips = layer.clips.map((clip, index) => {
    const warnings = summary.warnings.filter(
      (warning) => warning.layer === layer.index && warning.clip === index,
    );
    const bar = clipBar(clip, placeClip(clip, summary.durationSeconds, spanSeconds), warnings);
    return element('li', {}, bar);
  });
  return element(
    'li',
    { class: 'timeline-row layer' },
    element(
      'span',
      { class: 'gutter' },
      `Layer ${layer.index}`,
      element('span', { class: 'layer-mode' }, layer.mode === 'SEQUENTIAL' ? 'in sequence' : 'free'),
    ),
    element('ul', { class: 'lane clips', 'aria-label': `Clips of layer ${layer.index}` }, ...clips),
  );
}

function rulerMarks(spanSeconds: number, widthPx: number): HTMLElement[] {
  return rulerTicks(spanSeconds, widthPx).map(({ seconds, label }) => {
    const tick = element('span', { class: label === undefined ? 'tick' : 'tick is-major' }, label ?? '');
    return atTime(tick, seconds, spanSeconds);
  });
}

function sampleMarks(samples: readonly SampledFrame[], spanSeconds: number, widthPx: number): HTMLElement[] {
  const times = samples.map(({ timestampSeconds }) => timestampSeconds);
  return apart(times, spanSeconds, widthPx, SAMPLE_GAP_PX).map((seconds) =>
    atTime(element('span', { class: 'sample-tick' }), seconds, spanSeconds),
  );
}

function atTime(mark: HTMLElement, seconds: number, spanSeconds: number): HTMLElement {
  mark.style.setProperty('--left', String(timeToFraction(seconds, spanSeconds)));
  return mark;
}

function describeOnHover(layers: HTMLElement, detail: HTMLElement): void {
  const describe = (event: Event): void => {
    const clip = event.target instanceof Element ? event.target.closest('.clip') : null;
    const description = clip?.getAttribute('aria-label');
    if (description) detail.textContent = description;
  };
  layers.addEventListener('pointerover', describe);
  layers.addEventListener('focusin', describe);
}
