import type { Diagnostic } from '../protocol';
import type { PageState } from '../state';
import { element } from './element';
import { formatCount } from './figures';
import { highlight, type Token } from './highlight';
import { emptyNote, type Panel, panelFrame } from './panel';

/** The program as it was sent, each diagnostic under the line it is about. */
export function programPanel(): Panel {
  const frame = panelFrame('program', 'Program');
  frame.body.tabIndex = 0;

  return {
    element: frame.element,
    reads: ['source', 'diagnostics'],
    render({ source, diagnostics }: PageState) {
      frame.facts.replaceChildren();
      if (source === '') {
        frame.body.replaceChildren(
          emptyNote('The program the agent writes will appear here, with problems marked at their lines.'),
        );
        return;
      }
      const lines = highlight(source.replace(/\n$/, ''));
      frame.facts.append(element('span', {}, formatCount(lines.length, 'line', 'lines')));
      if (diagnostics.length > 0) frame.facts.append(problemCount(diagnostics.length));
      frame.body.replaceChildren(...programContent(lines, diagnostics));
      showFirstProblem(frame.body);
    },
  };
}

function showFirstProblem(body: HTMLElement): void {
  const line = body.querySelector<HTMLElement>('.has-problem');
  if (line !== null) body.scrollTop = line.offsetTop - body.clientHeight / 3;
}

function problemCount(count: number): HTMLElement {
  return element('span', { class: 'problem-count' }, formatCount(count, 'problem', 'problems'));
}

function programContent(lines: readonly Token[][], diagnostics: readonly Diagnostic[]): HTMLElement[] {
  const isPlaced = ({ line }: Diagnostic): boolean => line >= 1 && line <= lines.length;
  const code = lines.map((tokens, index) =>
    programLine(
      tokens,
      index + 1,
      diagnostics.filter(({ line }) => line === index + 1),
    ),
  );
  return [
    ...diagnostics.filter((diagnostic) => !isPlaced(diagnostic)).map(diagnosticNote),
    element('ol', { class: 'code', 'aria-label': 'Lines of the program' }, ...code),
  ];
}

function programLine(
  tokens: readonly Token[],
  number: number,
  diagnostics: readonly Diagnostic[],
): HTMLElement {
  const columns = diagnostics.map(({ column }) => column);
  return element(
    'li',
    { class: diagnostics.length > 0 ? 'line has-problem' : 'line' },
    element('span', { class: 'line-number', 'aria-hidden': 'true' }, String(number)),
    element('code', { class: 'line-code' }, ...tokenSpans(tokens, columns)),
    ...diagnostics.map(diagnosticNote),
  );
}

/** One element a token; those that a diagnostic points into are marked. */
function tokenSpans(tokens: readonly Token[], columns: readonly number[]): (HTMLElement | string)[] {
  let start = 1;
  return tokens.map(({ kind, text }) => {
    const end = start + text.length;
    const isWrong = columns.some((column) => column >= start && column < end);
    start = end;
    if (kind === 'plain' && !isWrong) return text;
    return element('span', { class: isWrong ? `token-${kind} is-wrong` : `token-${kind}` }, text);
  });
}

function diagnosticNote({ line, column, code, message, suggestion }: Diagnostic): HTMLElement {
  const kind = code === 0 ? 'Exception' : `TS${code}`;
  const place = line > 0 ? `${kind}, ${line}:${column}` : kind;
  const note = element(
    'div',
    { class: 'diagnostic', role: 'note' },
    element('span', { class: 'diagnostic-place' }, place),
    element(
      'span',
      { class: 'diagnostic-message' },
      suggestion ? message.replace(suggestion, '').trim() : message,
    ),
  );
  if (suggestion) note.append(element('span', { class: 'diagnostic-suggestion' }, suggestion));
  return note;
}
