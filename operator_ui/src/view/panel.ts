import type { PageState } from '../state';
import { element } from './element';

/** A part of the page that is drawn again only when a slice it reads has changed. */
export interface Panel {
  readonly element: HTMLElement;
  readonly reads: readonly (keyof PageState)[];
  render(state: PageState): void;
}

export interface PanelFrame {
  readonly element: HTMLElement;
  readonly head: HTMLElement;
  /** A short line of figures beside the title. */
  readonly facts: HTMLElement;
  readonly body: HTMLElement;
}

/** A titled region with a head line and a scrolling body, named for assistive technology by its title. */
export function panelFrame(name: string, title: string): PanelFrame {
  const titleId = `panel-title-${name}`;
  const facts = element('div', { class: 'panel-facts' });
  const head = element(
    'div',
    { class: 'panel-head' },
    element('h2', { class: 'panel-title', id: titleId }, title),
    facts,
  );
  const body = element('div', { class: 'panel-body' });
  const section = element(
    'section',
    { class: `panel panel-${name}`, 'aria-labelledby': titleId },
    head,
    body,
  );
  return { element: section, head, facts, body };
}

/** Says what will appear in a panel that has nothing to show yet. */
export function emptyNote(text: string): HTMLElement {
  return element('p', { class: 'empty-note' }, text);
}
