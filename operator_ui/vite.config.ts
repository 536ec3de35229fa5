import { fileURLToPath } from 'node:url';
import { defineConfig, type UserConfig } from 'vite';
import { agentNotes } from './plugins/agent_notes.ts';
import { buildFacts } from './plugins/build_facts.ts';
import { coreApiFile } from './plugins/corpus/plugin.ts';
import { programTypes } from './plugins/program_types.ts';
import { thirdPartyLicences } from './plugins/third_party_licences.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const packages = here('node_modules');

const common: UserConfig = {
  base: './',
  assetsInclude: ['**/*.mkv'],
};

const operatorPage: UserConfig = {
  ...common,
  plugins: [
    coreApiFile(packages),
    buildFacts(here('src/protocol.ts'), packages),
    agentNotes(here('../llm.txt')),
    thirdPartyLicences(here('package.json'), packages),
  ],
  // A worker that imports nothing at run time needs no second request past the agent's interception.
  worker: { format: 'iife', plugins: () => [programTypes(packages)] },
  build: {
    outDir: here('../agent/operator_page'),
    emptyOutDir: true,
    target: 'chrome120',
    // The page's policy allows no data: URLs, and fonts are loaded on demand.
    assetsInlineLimit: 0,
    modulePreload: false,
    chunkSizeWarningLimit: 12_000,
  },
};

/** core called directly, for tests and benchmarks. */
const referencePage: UserConfig = {
  ...common,
  root: here('reference'),
  build: {
    outDir: here('../build/reference_page'),
    emptyOutDir: true,
    target: 'chrome120',
    modulePreload: false,
  },
};

export default defineConfig(({ mode }) => (mode === 'reference' ? referencePage : operatorPage));
