import type { SampledFrame } from '../protocol';
import type { PageState } from '../state';
import { element } from './element';
import { formatClock, formatCount } from './figures';
import { evenly, jpegUrl } from './frames';
import { lightbox } from './lightbox';
import { emptyNote, type Panel, panelFrame } from './panel';

/** Each thumbnail is a decoded picture: two hours at 1 fps would be 7200 of them. */
const MOST_THUMBNAILS = 96;

/** The frames the critic saw, in the order of time; a click enlarges one. */
export function samplesPanel(): Panel {
  const frame = panelFrame('samples', 'Samples');
  const strip = element('ul', { class: 'strip' });
  const note = emptyNote('Frames taken for the critic will appear here with their times.');
  const enlarged = lightbox();
  frame.body.append(note, strip);
  frame.element.append(enlarged.element);

  return {
    element: frame.element,
    reads: ['samples'],
    render({ samples }: PageState) {
      const shown = evenly(samples, MOST_THUMBNAILS);
      note.hidden = samples.length > 0;
      frame.facts.textContent = sampleFacts(samples.length, shown.length);
      enlarged.setFrames(shown);
      strip.replaceChildren(...shown.map((sample, index) => thumbnail(sample, () => enlarged.open(index))));
    },
  };
}

function sampleFacts(count: number, shown: number): string {
  if (count === 0) return '';
  return shown < count
    ? `${shown} of ${formatCount(count, 'frame', 'frames')}`
    : formatCount(count, 'frame', 'frames');
}

function thumbnail(sample: SampledFrame, onClick: () => void): HTMLElement {
  const time = formatClock(sample.timestampSeconds, 2);
  const button = element(
    'button',
    { class: 'thumbnail', type: 'button', 'aria-label': `Enlarge the frame at ${time}` },
    element('img', {
      src: jpegUrl(sample),
      alt: '',
      width: String(sample.width),
      height: String(sample.height),
    }),
    element('span', { class: 'thumbnail-time' }, time),
  );
  button.addEventListener('click', onClick);
  return element('li', {}, button);
}
