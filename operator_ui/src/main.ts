import { registerShippedFonts } from './fonts/library';
import { giveLoneWordsASecondHalf } from './operator/core_internals';
import { CORE_VERSION } from './operator/describe';
import { Disk } from './operator/disk';
import { OperatorPage } from './operator/operator_page';
import { Preview } from './operator/preview';
import type { Operator } from './protocol';
import { StateStore } from './state';
import { mountView } from './view/view';

declare global {
  interface Window {
    operator?: Operator;
  }
}

const store = new StateStore({
  coreVersion: CORE_VERSION,
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
});
const preview = new Preview();

registerShippedFonts();
giveLoneWordsASecondHalf();
mountView(viewRoot(), store, (element) => preview.mountOn(element));
// Its presence tells an agent that the page is ready.
window.operator = new OperatorPage(store, await Disk.open(), preview);

function viewRoot(): HTMLElement {
  const root = document.getElementById('view');
  if (!root) throw new Error('Expected an element with the id "view"');
  return root;
}
