// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ClipSummary, CompositionSummary } from '../src/protocol';
import { type PageState, StateStore } from '../src/state';
import { mountView } from '../src/view/view';

const NOTHING: PageState = {
  coreVersion: '4.0.3',
  prompt: '',
  stage: '',
  assets: [],
  source: '',
  diagnostics: [],
  fingerprint: undefined,
  summary: undefined,
  samples: [],
  verdict: undefined,
  log: [],
  progress: undefined,
};

const HOSTILE = '<img src=x onerror="alert(1)">';

function clip(startSeconds: number, endSeconds: number, more: Partial<ClipSummary> = {}): ClipSummary {
  return { type: 'VIDEO', startSeconds, endSeconds, animated: [], ...more };
}

function composition(clips: ClipSummary[], more: Partial<CompositionSummary> = {}): CompositionSummary {
  const layers = [{ index: 0, mode: 'DEFAULT' as const, clips }];
  return {
    width: 1920,
    height: 1080,
    durationSeconds: 10,
    background: '#000',
    layers,
    warnings: [],
    ...more,
  };
}

function sample(timestampSeconds: number) {
  return { timestampSeconds, frameIndex: timestampSeconds * 30, width: 640, height: 360, jpegBase64: 'AAAA' };
}

/** A mounted page; `show` changes the state and lets the page draw. */
function mounted(initial: Partial<PageState> = {}) {
  const root = document.createElement('div');
  document.body.replaceChildren(root);
  const store = new StateStore({ ...NOTHING, ...initial });
  mountView(root, store, (place) => place.append(document.createElement('canvas')));
  return {
    root,
    show(change: Partial<PageState>): void {
      store.update(change);
      vi.advanceTimersByTime(1000);
    },
    panel(title: string): HTMLElement {
      const heading = [...root.querySelectorAll('h2')].find((node) => node.textContent === title);
      const panel = heading?.closest('section');
      if (!panel) throw new Error(`Expected a panel ${title}, the page has none`);
      return panel;
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the page', () => {
  test('says in each empty panel what will appear there', () => {
    const { panel } = mounted();

    for (const title of ['Assets', 'Verdict', 'Preview', 'Samples', 'Program', 'Log', 'Timeline']) {
      const note = panel(title).querySelector<HTMLElement>('.empty-note');
      expect(note?.textContent, title).toMatch(/here/);
      expect(note?.hidden, title).toBe(false);
    }
  });

  test('gives the preview its place once', () => {
    const { panel, show } = mounted();

    show({ summary: composition([clip(0, 10)]) });

    expect(panel('Preview').querySelectorAll('canvas')).toHaveLength(1);
  });

  test('treats every text as data', () => {
    const { root, show } = mounted();

    show({
      prompt: HOSTILE,
      stage: HOSTILE,
      source: HOSTILE,
      diagnostics: [{ line: 1, column: 1, code: 1, message: HOSTILE, suggestion: HOSTILE }],
      assets: [{ name: HOSTILE, kind: 'font', sha256: '', sizeBytes: 1 }],
      log: [{ level: 'log', text: HOSTILE, timestamp: new Date(0) }],
      summary: composition([clip(0, 10, { text: HOSTILE, asset: HOSTILE, animated: [HOSTILE] })], {
        warnings: [{ code: 'past_end', message: HOSTILE }],
      }),
      verdict: {
        greenLight: false,
        judgedBy: HOSTILE,
        summary: HOSTILE,
        issues: [{ message: HOSTILE, severity: HOSTILE, suggestedFix: HOSTILE }],
      },
    });

    expect(root.querySelector('img[onerror]')).toBeNull();
    expect(root.textContent?.split(HOSTILE).length).toBeGreaterThan(12);
  });

  test('leaves alone what shows other slices of the state', () => {
    const { panel, show } = mounted({ source: 'let a;', assets: [] });
    const code = panel('Program').querySelector('.code');

    show({ stage: 'Render', progress: { stage: 'picture', done: 1, total: 10 } });

    expect(panel('Program').querySelector('.code')).toBe(code);
  });

  test('draws the newest of many changes, a moment later', () => {
    const root = document.createElement('div');
    const store = new StateStore(NOTHING);
    mountView(root, store, () => undefined);
    const stage = root.querySelector('.stage');

    for (const name of ['Check', 'Compose', 'Sample']) store.update({ stage: name });
    const before = stage?.textContent;
    vi.advanceTimersByTime(100);

    expect([before, stage?.textContent]).toEqual(['Waiting for an agent', 'Sample']);
  });

  test('keeps the lines of the log that are already drawn', () => {
    const { panel, show, root } = mounted();
    const entries = Array.from({ length: 50 }, (_, index) => ({
      level: 'log' as const,
      text: `line ${index}`,
      timestamp: new Date(index),
    }));
    show({ log: entries });
    const firstLine = root.querySelector('.log-line');

    show({ log: [...entries, { level: 'error', text: 'last', timestamp: new Date(51) }] });

    expect(panel('Log').querySelectorAll('.log-line')).toHaveLength(51);
    expect(root.querySelector('.log-line')).toBe(firstLine);
  });
});

describe('the timeline', () => {
  test('shows the top layer first, whatever the order it comes in', () => {
    const { panel, show } = mounted();
    const layers = [1, 0].map((index) => ({ index, mode: 'DEFAULT' as const, clips: [clip(0, 1)] }));

    show({ summary: composition([], { layers }) });

    const rows = [...panel('Timeline').querySelectorAll('.layer .gutter')].map(
      (row) => row.firstChild?.textContent,
    );
    expect(rows).toEqual(['Layer 0', 'Layer 1']);
  });

  test('marks a clip without length, one past the end and one the page warns about', () => {
    const { panel, show } = mounted();

    show({
      summary: composition([clip(1, 1), clip(8, 14), clip(2, 3), clip(3, 4)], {
        warnings: [{ code: 'text_outside_frame', message: 'The title is cut off.', layer: 0, clip: 2 }],
      }),
    });

    const classes = [...panel('Timeline').querySelectorAll('.clip')].map(({ classList }) => [...classList]);
    expect(classes[0]).toContain('is-zero-length');
    expect(classes[1]).toContain('is-past-end');
    expect(classes[2]).toContain('has-warning');
    expect(classes[3]).toEqual(['clip']);
    expect(panel('Timeline').textContent).toContain('The title is cut off.');
  });

  test('names transitions and animated properties', () => {
    const { panel, show } = mounted();

    show({ summary: composition([clip(0, 5, { animated: ['opacity', 'scale'], transition: 'dissolve' })]) });

    const name = panel('Timeline').querySelector('.clip')?.getAttribute('aria-label');
    expect(name).toContain('animated: opacity, scale');
    expect(name).toContain('transition: dissolve');
  });

  test('is one tab stop, walked through with arrow keys, and says what is focused', () => {
    const { panel, show } = mounted();
    show({ summary: composition([clip(0, 1, { asset: 'a.mp4' }), clip(1, 2, { asset: 'b.mp4' })]) });
    const [first, second] = panel('Timeline').querySelectorAll<HTMLElement>('.clip');

    first?.focus();
    first?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));

    expect(document.activeElement).toBe(second);
    expect([first?.tabIndex, second?.tabIndex]).toEqual([-1, 0]);
    expect(panel('Timeline').querySelector('.clip-detail')?.textContent).toContain('b.mp4');
  });

  test('shows sixty clips and more', () => {
    const { panel, show } = mounted();

    show({ summary: composition(Array.from({ length: 72 }, (_, index) => clip(index, index + 1))) });

    expect(panel('Timeline').querySelectorAll('.clip')).toHaveLength(72);
    expect(panel('Timeline').textContent).toContain('72 clips');
  });
});

describe('the program', () => {
  const source = 'const a = 1;\nclip.volum = 2;';

  test('has a diagnostic at its line, with the suggestion once', () => {
    const { panel, show } = mounted();

    show({
      source,
      diagnostics: [
        {
          line: 2,
          column: 6,
          code: 2551,
          message: "Property 'volum' does not exist. Did you mean 'volume'?",
          suggestion: "Did you mean 'volume'?",
        },
      ],
    });

    const line = panel('Program').querySelector('.has-problem');
    expect(line?.querySelector('.line-number')?.textContent).toBe('2');
    expect(line?.querySelector('.is-wrong')?.textContent).toContain('volum');
    expect(line?.textContent?.split('Did you mean').length).toBe(2);
  });

  test('has a diagnostic without a line above the code', () => {
    const { panel, show } = mounted();

    show({ source, diagnostics: [{ line: 0, column: 0, code: 0, message: 'It did not end within 30 s.' }] });

    const body = panel('Program').querySelector('.panel-body');
    expect(body?.firstElementChild?.textContent).toContain('It did not end within 30 s.');
  });
});

describe('samples', () => {
  test('are labelled with their times, and a click enlarges one', () => {
    const { panel, show, root } = mounted();
    show({ samples: [sample(0), sample(1), sample(1.96)] });
    const thumbnails = panel('Samples').querySelectorAll<HTMLButtonElement>('.thumbnail');

    thumbnails[2]?.click();

    const dialog = root.querySelector('dialog');
    expect([...thumbnails].map((thumbnail) => thumbnail.textContent)).toEqual([
      '0:00.00',
      '0:01.00',
      '0:01.96',
    ]);
    expect(dialog?.open).toBe(true);
    expect(dialog?.querySelector('img')?.alt).toBe('Frame at 0:01.96');
  });

  test('close the enlarged frame when newer ones come', () => {
    const { panel, show, root } = mounted();
    show({ samples: [sample(0)] });
    panel('Samples').querySelector<HTMLButtonElement>('.thumbnail')?.click();

    show({ samples: [sample(0), sample(1)] });

    expect(root.querySelector('dialog')?.open).toBe(false);
  });
});

test('the verdict says who judged, and each issue when, how bad and what to do', () => {
  const { panel, show } = mounted();

  show({
    verdict: {
      greenLight: false,
      judgedBy: 'checks+vision',
      summary: 'Nearly.',
      issues: [{ message: 'Cut off.', severity: 'blocker', timeSeconds: 1, suggestedFix: 'Smaller type.' }],
    },
  });

  const text = panel('Verdict').textContent;
  for (const part of [
    'No green light',
    'checks and vision',
    'Nearly.',
    'Blocker',
    '0:01.0',
    'Cut off.',
    'Smaller type.',
  ]) {
    expect(text).toContain(part);
  }
});

test('progress shows stage, amount and, once it can tell, the remaining time', () => {
  const { root, show } = mounted();

  show({ progress: { stage: 'picture', done: 100, total: 400 } });
  const before = root.querySelector('.progress-remaining')?.textContent;
  show({ progress: { stage: 'picture', done: 200, total: 400 } });

  const footer = root.querySelector('footer');
  expect(before).toBe('ETA –');
  expect(footer?.textContent).toContain('Encoding picture');
  expect(footer?.textContent).toContain('200 / 400 (50 %)');
  expect(footer?.textContent).toContain('ETA 0:02');
  expect(footer?.querySelector('progress')?.value).toBe(200);
});
