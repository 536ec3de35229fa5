import type { PageState } from '../state';
import { element } from './element';
import { type Mark, remainingSeconds, withMark } from './estimate';
import { capitalised, formatClock } from './figures';
import type { Panel } from './panel';

const STAGE_NAMES: Readonly<Record<string, string>> = {
  check: 'Checking types',
  compose: 'Running the program',
  sample: 'Sampling frames',
  picture: 'Encoding picture',
  sound: 'Encoding sound',
  mux: 'Writing the file',
};

/** The work in hand: its stage, how far it is, and when it should end. */
export function progressPanel(now: () => number = () => performance.now()): Panel {
  const stage = element('p', { class: 'progress-stage' });
  const bar = element('progress', { class: 'progress-bar', 'aria-label': 'Progress' });
  const count = element('p', { class: 'progress-count' });
  const remaining = element('p', { class: 'progress-remaining' });
  const footer = element(
    'footer',
    { class: 'progress', 'aria-label': 'Progress' },
    stage,
    bar,
    count,
    remaining,
  );
  let marks: readonly Mark[] = [];
  let markedStage = '';

  const renderIdle = (): void => {
    marks = [];
    stage.textContent = 'Nothing is running. Progress of sampling and rendering will be shown here.';
    count.textContent = '';
    remaining.textContent = '';
  };

  const renderProgress = ({ stage: name, done, total }: NonNullable<PageState['progress']>): void => {
    marks = withMark(name === markedStage ? marks : [], { atMs: now(), done });
    markedStage = name;
    const seconds = remainingSeconds(marks, total);
    stage.textContent = STAGE_NAMES[name] ?? capitalised(name);
    bar.max = Math.max(1, total);
    bar.value = done;
    count.textContent = countText(done, total);
    remaining.textContent = seconds === undefined ? 'ETA –' : `ETA ${formatClock(Math.ceil(seconds))}`;
  };

  return {
    element: footer,
    reads: ['progress'],
    render({ progress }: PageState) {
      footer.classList.toggle('is-idle', progress === undefined);
      bar.hidden = progress === undefined;
      if (progress === undefined) renderIdle();
      else renderProgress(progress);
    },
  };
}

function countText(done: number, total: number): string {
  if (total <= 0) return '';
  const percent = Math.floor((100 * done) / total);
  return `${Math.floor(done).toLocaleString('en')} / ${Math.ceil(total).toLocaleString('en')} (${percent} %)`;
}
