import type { PageState } from '../state';
import { element } from './element';
import type { Panel } from './panel';

/** The request being worked on, what is happening to it now, and the version of core doing it. */
export function headerPanel(): Panel {
  const prompt = element('p', { class: 'prompt', 'aria-label': 'Request' });
  const stage = element('p', { class: 'stage', role: 'status', 'aria-label': 'Stage' });
  const version = element('p', { class: 'core-version' });
  const header = element(
    'header',
    { class: 'masthead' },
    element('h1', { class: 'wordmark' }, 'Roughcut'),
    prompt,
    stage,
    version,
  );

  return {
    element: header,
    reads: ['prompt', 'stage', 'coreVersion'],
    render(state: PageState) {
      prompt.textContent = state.prompt || 'The request will be shown here once an agent brings one.';
      prompt.title = state.prompt;
      prompt.classList.toggle('is-empty', state.prompt === '');
      stage.textContent = state.stage || 'Waiting for an agent';
      stage.classList.toggle('is-empty', state.stage === '');
      version.textContent = `core ${state.coreVersion}`;
    },
  };
}
