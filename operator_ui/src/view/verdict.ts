import type { PresentRequest } from '../protocol';
import type { PageState } from '../state';
import { element } from './element';
import { capitalised, formatClock } from './figures';
import { emptyNote, type Panel, panelFrame } from './panel';

type Verdict = NonNullable<PresentRequest['verdict']>;
type Issue = Verdict['issues'][number];

/** The critic's last answer: whether the composition may be rendered, and if not, what to change. */
export function verdictPanel(): Panel {
  const frame = panelFrame('verdict', 'Verdict');
  frame.body.setAttribute('aria-live', 'polite');

  return {
    element: frame.element,
    reads: ['verdict'],
    render({ verdict }: PageState) {
      frame.body.replaceChildren(
        ...(verdict
          ? verdictContent(verdict)
          : [
              emptyNote(
                "The critic's answer will appear here: a green light, or the issues that withhold it.",
              ),
            ]),
      );
    },
  };
}

function verdictContent(verdict: Verdict): HTMLElement[] {
  const light = element(
    'p',
    { class: verdict.greenLight ? 'light is-green' : 'light is-withheld' },
    verdict.greenLight ? 'Green light' : 'No green light',
  );
  const judges = element('p', { class: 'judges' }, `Judged by ${verdict.judgedBy.replaceAll('+', ' and ')}`);
  const content: HTMLElement[] = [light, judges];
  if (verdict.summary !== '') content.push(element('p', { class: 'verdict-summary' }, verdict.summary));
  if (verdict.issues.length > 0) {
    content.push(element('ul', { class: 'issues' }, ...verdict.issues.map(issueItem)));
  }
  return content;
}

function issueItem(issue: Issue): HTMLElement {
  const item = element(
    'li',
    { class: 'issue', 'data-severity': issue.severity },
    element('span', { class: 'issue-severity' }, capitalised(issue.severity)),
  );
  if (issue.timeSeconds !== undefined) {
    item.append(element('span', { class: 'issue-time' }, `at ${formatClock(issue.timeSeconds, 1)}`));
  }
  item.append(element('p', { class: 'issue-message' }, issue.message));
  if (issue.suggestedFix) {
    item.append(
      element(
        'p',
        { class: 'issue-fix' },
        element('span', { class: 'issue-fix-label' }, 'Fix: '),
        issue.suggestedFix,
      ),
    );
  }
  return item;
}
