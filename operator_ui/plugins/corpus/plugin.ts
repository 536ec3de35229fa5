import type { Plugin } from 'vite';
import { extractApi } from './extract.ts';

/** Emits `core-api.json`, what the documentation index knows of core, beside the page. */
export function coreApiFile(packages: string): Plugin {
  return {
    name: 'core-api-file',
    generateBundle() {
      const source = JSON.stringify(extractApi(packages), null, 1);
      this.emitFile({ type: 'asset', fileName: 'core-api.json', source });
    },
  };
}
