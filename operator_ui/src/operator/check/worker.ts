/** The type checker off the page's thread; warm before the first program comes. */
import types from 'virtual:program-types';
import type { CheckReply, CheckRequest } from './messages';
import { CheckService } from './service';

const service = new CheckService(types);
service.check('composition.duration;');

self.onmessage = (event: MessageEvent<CheckRequest>): void => {
  self.postMessage(answer(event.data));
};

function answer({ id, source, assets }: CheckRequest): CheckReply {
  try {
    service.setAssets(assets);
    const diagnostics = service.check(source);
    return { id, diagnostics, javascript: diagnostics.length === 0 ? service.javascript(source) : '' };
  } catch (error) {
    return { id, failure: String(error) };
  }
}
