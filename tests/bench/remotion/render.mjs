/** `node render.mjs JOB`: the bench's job by Remotion. Prints the seconds; the bundle is made once and not counted. */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '@remotion/bundler';
import { renderMedia, selectComposition } from '@remotion/renderer';

const job = JSON.parse(process.argv[2]);
const serveUrl = join(job.folder, 'remotion-bundle');
if (!existsSync(serveUrl)) await makeBundle();

const startedMs = performance.now();
const common = {
  serveUrl,
  inputProps: job,
  browserExecutable: job.browser,
  chromeMode: 'chrome-for-testing',
  logLevel: 'error',
};
await renderMedia({
  ...common,
  composition: await selectComposition({ ...common, id: 'job' }),
  codec: 'h264',
  videoBitrate: `${job.videoBitrate / 1000}k`,
  audioBitrate: `${job.audioBitrate / 1000}k`,
  outputLocation: job.output,
});
console.log((performance.now() - startedMs) / 1000);

async function makeBundle() {
  const publicDir = join(job.folder, 'remotion-public');
  mkdirSync(publicDir);
  copyFileSync(job.footage, join(publicDir, 'footage.mp4'));
  await bundle({ entryPoint: fileURLToPath(new URL('job.jsx', import.meta.url)), outDir: serveUrl, publicDir });
}
