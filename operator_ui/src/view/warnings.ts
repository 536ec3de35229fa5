import type { Warning } from '../protocol';
import { element } from './element';
import { formatCount } from './figures';

/** The composition's warnings, behind a line that counts them. */
export function warningList(warnings: readonly Warning[]): HTMLElement {
  return element(
    'details',
    { class: 'warnings' },
    element('summary', { class: 'warnings-count' }, formatCount(warnings.length, 'warning', 'warnings')),
    element('ul', { class: 'warnings-list' }, ...warnings.map(warningItem)),
  );
}

function warningItem(warning: Warning): HTMLElement {
  const place = [
    warning.layer === undefined ? undefined : `layer ${warning.layer}`,
    warning.clip === undefined ? undefined : `clip ${warning.clip}`,
  ].filter((part) => part !== undefined);
  return element(
    'li',
    {},
    warning.message,
    element('span', { class: 'warning-place' }, [warning.code.replaceAll('_', ' '), ...place].join(', ')),
  );
}
