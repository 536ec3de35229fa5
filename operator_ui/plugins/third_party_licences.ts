import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const FILE_NAME = 'THIRD_PARTY_LICENSES.txt';
const LICENCE_FILE = /^(licen[cs]e|notice|copying|thirdpartynotice)/i;
const RULE = '='.repeat(80);

interface Manifest {
  version: string;
  license?: string;
  homepage?: string;
}

/** Ships the licences of all that is bundled beside the page: every package that *manifest* depends on. */
export function thirdPartyLicences(manifest: string, packages: string): Plugin {
  return {
    name: 'third-party-licences',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: FILE_NAME, source: licencesOf(manifest, packages) });
    },
  };
}

/** Throws for a package that comes without the text of its licence. */
export function licencesOf(manifest: string, packages: string): string {
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
    readFileSync(manifest, 'utf8'),
  );
  const names = Object.keys(dependencies).sort();
  return names.map((name) => licenceOf(name, join(packages, name))).join('\n');
}

function licenceOf(name: string, folder: string): string {
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder)
    .filter((file) => LICENCE_FILE.test(file))
    .sort();
  if (files.length === 0) throw new Error(`Expected the text of a licence in ${folder}, found none`);
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
  const heading = [`${name} ${manifest.version}`, manifest.license, manifest.homepage].filter(Boolean);
  return [RULE, ...heading, RULE, '', texts.join('\n\n'), ''].join('\n');
}
