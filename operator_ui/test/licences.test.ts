/** What is bundled brings its licence along. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import manifest from '../package.json';
import { licencesOf } from '../plugins/third_party_licences';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

test('every dependency is named with its version and the whole of its licence', () => {
  const text = licencesOf(here('../package.json'), here('../node_modules'));

  for (const [name, version] of Object.entries(manifest.dependencies)) {
    expect(text).toContain(`\n${name} ${version}\n`);
  }
  expect(text).toContain('Copyright (c) 2020 Kasper Unn Weihe\n\nPermission is hereby granted');
  expect(text).toContain('Reserved Font Name "Lato"');
  expect(text).toContain('Mozilla Public License Version 2.0');
});

test('a dependency without the text of its licence stops the build', () => {
  const packages = mkdtempSync(join(tmpdir(), 'licences-'));
  mkdirSync(join(packages, 'bare'));
  writeFileSync(join(packages, 'bare/package.json'), '{"version": "1.0.0"}');
  writeFileSync(join(packages, 'package.json'), '{"dependencies": {"bare": "1.0.0"}}');

  expect(() => licencesOf(join(packages, 'package.json'), packages)).toThrow(
    'Expected the text of a licence',
  );
});
