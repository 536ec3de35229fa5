import { existsSync, readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

/** Ships `llm.txt`, what an agent must know to drive the page, beside the page. */
export function agentNotes(file: string): Plugin {
  return {
    name: 'agent-notes',
    generateBundle() {
      if (!existsSync(file)) return;
      this.emitFile({ type: 'asset', fileName: 'llm.txt', source: readFileSync(file, 'utf8') });
    },
  };
}
