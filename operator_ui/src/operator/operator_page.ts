/** The page's operator: every method of the protocol over one current composition. */
import type * as protocol from '../protocol';
import type { StateStore } from '../state';
import { Assets } from './assets';
import { type CheckedProgram, Checker } from './check/checker';
import { type Composed, dispose, runOnEmptyComposition } from './compose/composition';
import { CORE_VERSION, describePage } from './describe';
import type { Disk } from './disk';
import { asOperatorError, OperatorError } from './errors';
import { Events } from './events';
import { fingerprint } from './fingerprint';
import type { Preview } from './preview';
import { type Artifact, renderArtifact } from './render/render';
import { sampleFrames } from './sample/sample';
import { Uploads } from './uploads';

const DEFAULT_TIME_LIMIT_S = 30;

export class OperatorPage implements protocol.Operator {
  private readonly checker = new Checker();
  private readonly events: Events;
  private readonly uploads: Uploads;
  private readonly media: Assets;
  private readonly artifacts = new Map<string, Artifact>();
  private current: Composed | undefined;
  private description: Promise<protocol.Description> | undefined;
  private pass: AbortController | undefined;
  private composeCount = 0;

  constructor(
    private readonly store: StateStore,
    private readonly disk: Disk,
    private readonly preview: Preview,
  ) {
    this.events = new Events(store);
    this.uploads = new Uploads(disk);
    this.media = new Assets(this.uploads);
  }

  describe(): Promise<protocol.Description> {
    this.description ??= describePage();
    return this.description;
  }

  async addAsset(request: protocol.AddAssetRequest): Promise<protocol.AssetInfo> {
    const info = await this.media.add(request);
    this.store.update({ assets: this.media.list() });
    return info;
  }

  assets(): protocol.AssetInfo[] {
    return this.media.list();
  }

  async check(source: string): Promise<protocol.CheckResult> {
    const { ok, diagnostics, elapsedSeconds } = await this.checked(source);
    return { ok, diagnostics, elapsedSeconds };
  }

  /**
   * A later call supersedes one that is still running: an endless loop that was ended from outside never reports
   * back, and must not lock the page.
   */
  async compose(request: protocol.ComposeRequest): Promise<protocol.ComposeResult> {
    this.requireNoPass();
    const turn = ++this.composeCount;
    const { source } = request;
    const checked = await this.checked(source);
    if (!checked.ok)
      return { ok: false, reason: 'type_error', diagnostics: checked.diagnostics, console: [] };
    await this.preview.hide();
    const result = await runOnEmptyComposition({
      source,
      javascript: checked.javascript,
      sources: await this.media.sourcesForRun(),
      timeLimitSeconds: request.timeLimitSeconds ?? DEFAULT_TIME_LIMIT_S,
      onConsole: ({ level, text }) => this.events.log(level, text),
    });
    if (!result.ok) {
      this.store.update({ diagnostics: result.diagnostics });
      void this.preview.refresh();
      return result;
    }
    if (turn !== this.composeCount) {
      dispose(result.composed.composition);
      throw new OperatorError('canceled', 'A later program took the place of this one');
    }
    const print = await fingerprint(source, this.media.list(), CORE_VERSION);
    await this.adopt({ ...result.composed, fingerprint: print });
    return { ok: true, fingerprint: print, summary: result.composed.summary, console: result.console };
  }

  sample(request: protocol.SampleRequest): Promise<protocol.SampleResult> {
    return this.runPass('cannot_decode', async (composed, signal) => {
      const frames = await sampleFrames(composed, request, signal, (done, total) =>
        this.events.progress('sample', done, total),
      );
      this.store.update({ samples: frames });
      return { fingerprint: composed.fingerprint, frames };
    });
  }

  render(request: protocol.RenderRequest): Promise<protocol.RenderResult> {
    return this.runPass('encode_failed', async (composed, signal) => {
      if (request.fingerprint !== composed.fingerprint) {
        throw new OperatorError(
          'stale_fingerprint',
          `Expected ${composed.fingerprint}, got ${request.fingerprint}`,
        );
      }
      const artifact = await renderArtifact(composed, request, this.disk, signal, (stage, done, total) =>
        this.events.progress(stage, done, total),
      );
      this.artifacts.set(artifact.result.artifactId, artifact);
      return artifact.result;
    });
  }

  async cancel(): Promise<void> {
    this.pass?.abort();
  }

  async reset(): Promise<void> {
    this.composeCount += 1;
    this.pass?.abort();
    await this.preview.show(undefined);
    if (this.current) dispose(this.current.composition);
    this.current = undefined;
    this.media.clear();
    await this.uploads.clear();
    for (const artifactId of [...this.artifacts.keys()]) await this.dropArtifact({ artifactId });
    this.store.update({
      assets: [],
      source: '',
      diagnostics: [],
      fingerprint: undefined,
      summary: undefined,
    });
    this.store.update({ samples: [], verdict: undefined, log: [], progress: undefined });
  }

  present(status: protocol.PresentRequest): void {
    this.store.update({
      ...(status.prompt !== undefined && { prompt: status.prompt }),
      ...(status.stage !== undefined && { stage: status.stage }),
      ...(status.verdict !== undefined && { verdict: status.verdict }),
      ...(status.diagnostics !== undefined && { diagnostics: status.diagnostics }),
    });
    // A program that was ended from outside has left the preview off the page.
    if (status.diagnostics !== undefined && !this.pass) void this.preview.refresh();
  }

  async receiveUpload(request: protocol.ReceiveUploadRequest): Promise<{ sizeBytes: number }> {
    return { sizeBytes: await this.uploads.receive(request) };
  }

  abortUpload({ uploadId }: { uploadId: string }): Promise<void> {
    return this.uploads.abort(uploadId);
  }

  artifactFile({ artifactId }: { artifactId: string }): Promise<File> {
    const artifact = this.artifacts.get(artifactId);
    if (!artifact) throw new OperatorError('bad_request', `Expected a rendered file, got ${artifactId}`);
    return artifact.file.read();
  }

  async dropArtifact({ artifactId }: { artifactId: string }): Promise<void> {
    await this.artifacts.get(artifactId)?.file.remove();
    this.artifacts.delete(artifactId);
  }

  private async checked(source: string): Promise<CheckedProgram> {
    const result = await this.checker.check(source, this.media.list());
    this.store.update({ source, diagnostics: result.diagnostics });
    return result;
  }

  private async adopt(composed: Composed): Promise<void> {
    const previous = this.current;
    this.current = composed;
    await this.preview.show(composed.composition);
    if (previous) dispose(previous.composition);
    this.store.update({
      fingerprint: composed.fingerprint,
      summary: composed.summary,
      diagnostics: [],
      samples: [],
    });
    void this.preview.refresh();
  }

  /** One pass at a time, with the preview off the page; foreign errors become the protocol's with *code*. */
  private async runPass<Result>(
    code: protocol.ErrorCode,
    work: (composed: Composed, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    this.requireNoPass();
    const { current } = this;
    if (!current)
      throw new OperatorError('nothing_composed', 'Expected a composition, nothing is composed yet');
    const pass = new AbortController();
    this.pass = pass;
    try {
      await this.preview.hide();
      return await work(current, pass.signal);
    } catch (error) {
      throw asOperatorError(error, code);
    } finally {
      this.pass = undefined;
      this.events.idle();
      void this.preview.refresh();
    }
  }

  private requireNoPass(): void {
    if (this.pass) throw new OperatorError('busy', 'A sample or render is running; wait for it or cancel it');
  }
}
