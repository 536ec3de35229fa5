import type { PageState } from '../state';
import { element } from './element';
import { formatClock, formatSize } from './figures';
import { emptyNote, type Panel, panelFrame } from './panel';

const SHORT_FINGERPRINT = 12;

/** The composition as it plays in the page; `mountPreview` puts its canvas in place and may take it away. */
export function previewPanel(mountPreview: (element: HTMLElement) => void): Panel {
  const frame = panelFrame('preview', 'Preview');
  const canvas = element('div', {
    class: 'preview-canvas',
    role: 'img',
    'aria-label': 'Preview of the composition',
  });
  const note = emptyNote('The composition will be shown here as soon as a program has run.');
  const pause = element(
    'p',
    { class: 'empty-note preview-pause' },
    'The preview rests while the agent works.',
  );
  frame.body.append(canvas, note, pause);
  mountPreview(canvas);

  return {
    element: frame.element,
    reads: ['summary', 'fingerprint'],
    render({ summary, fingerprint }: PageState) {
      note.hidden = summary !== undefined;
      pause.hidden = summary === undefined;
      canvas.classList.toggle('is-empty', summary === undefined);
      frame.facts.replaceChildren();
      if (summary === undefined) return;
      canvas.style.setProperty('--aspect', String(summary.width / Math.max(1, summary.height)));
      frame.facts.append(
        element('span', {}, formatSize(summary.width, summary.height)),
        element('span', {}, formatClock(summary.durationSeconds, 1)),
      );
      if (fingerprint !== undefined) frame.facts.append(fingerprintLabel(fingerprint));
    },
  };
}

function fingerprintLabel(fingerprint: string): HTMLElement {
  return element(
    'span',
    { class: 'fingerprint', title: `Fingerprint ${fingerprint}` },
    fingerprint.slice(0, SHORT_FINGERPRINT),
  );
}
