import type { PageState } from '../state';
import { element } from './element';
import { formatCount } from './figures';
import { emptyNote, type Panel, panelFrame } from './panel';

type LogEntry = PageState['log'][number];

const MOST_LINES = 400;
const NEAR_BOTTOM_PX = 24;

/** The newest lines of the log; follows the end unless somebody has scrolled up to read. */
export function logPanel(): Panel {
  const frame = panelFrame('log', 'Log');
  const list = element('ol', { class: 'log', role: 'log', 'aria-label': 'Log lines' });
  const note = emptyNote('What programs print and what the page does will be logged here.');
  const lines = new WeakMap<LogEntry, HTMLElement>();
  frame.body.tabIndex = 0;
  frame.body.append(note, list);

  const lineOf = (entry: LogEntry): HTMLElement => {
    const line = lines.get(entry) ?? logLine(entry);
    lines.set(entry, line);
    return line;
  };

  return {
    element: frame.element,
    reads: ['log'],
    render({ log }: PageState) {
      const { scrollTop, clientHeight, scrollHeight } = frame.body;
      const following = scrollHeight - scrollTop - clientHeight <= NEAR_BOTTOM_PX;
      note.hidden = log.length > 0;
      frame.facts.textContent = log.length > 0 ? formatCount(log.length, 'line', 'lines') : '';
      list.replaceChildren(...log.slice(-MOST_LINES).map(lineOf));
      if (following) frame.body.scrollTop = frame.body.scrollHeight;
    },
  };
}

function logLine(entry: LogEntry): HTMLElement {
  const time = element(
    'time',
    { datetime: entry.timestamp.toISOString() },
    entry.timestamp.toLocaleTimeString('en-GB', { hour12: false }),
  );
  return element(
    'li',
    { class: 'log-line', 'data-level': entry.level },
    time,
    element('span', { class: 'log-level' }, entry.level),
    element('span', { class: 'log-text' }, entry.text),
  );
}
