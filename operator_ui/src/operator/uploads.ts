/** Files that come in pieces, for browsers that do not share the agent's disk. */
import { type ReceiveUploadRequest, UPLOAD_PATH } from '../protocol';
import type { Disk, DiskFile } from './disk';
import { asOperatorError, OperatorError } from './errors';
import type { UploadJob, UploadOutcome } from './upload_worker';

export class Uploads {
  private readonly running = new Map<string, () => void>();
  private readonly received = new Map<string, DiskFile>();

  constructor(private readonly disk: Disk) {}

  /** The size of the file, which is kept under the upload's id once it is what was announced. */
  async receive(request: ReceiveUploadRequest): Promise<number> {
    const file = await this.disk.create('upload');
    try {
      const sizeBytes = await this.receiveInto(file, request);
      this.received.set(request.uploadId, file);
      return sizeBytes;
    } catch (error) {
      await file.remove();
      throw asOperatorError(error, 'bad_request');
    } finally {
      this.running.delete(request.uploadId);
    }
  }

  /** Stops an upload that is under way, or forgets one that is there. */
  async abort(uploadId: string): Promise<void> {
    this.running.get(uploadId)?.();
    await this.received.get(uploadId)?.remove();
    this.received.delete(uploadId);
  }

  async file(uploadId: string): Promise<File> {
    const file = this.received.get(uploadId);
    if (!file) throw new OperatorError('bad_request', `Expected a finished upload, got ${uploadId}`);
    return file.read();
  }

  async clear(): Promise<void> {
    for (const uploadId of [...this.running.keys(), ...this.received.keys()]) await this.abort(uploadId);
  }

  private async receiveInto(file: DiskFile, request: ReceiveUploadRequest): Promise<number> {
    const { uploadId, name, pieces } = request;
    const worker = new Worker(new URL('./upload_worker.ts', import.meta.url), { type: 'classic' });
    this.running.set(uploadId, () => worker.postMessage('stop'));
    const outcome = await run(worker, { handle: file.handle, url: `${UPLOAD_PATH}/${uploadId}`, pieces });
    if ('error' in outcome) throw outcome.error;
    if (outcome.receivedBytes === request.sizeBytes && outcome.sha256 === request.sha256)
      return request.sizeBytes;
    const expected = `${request.sizeBytes} bytes of ${name} with SHA-256 ${request.sha256}`;
    const found = `${outcome.receivedBytes} with ${outcome.sha256}`;
    throw new OperatorError('digest_mismatch', `Expected ${expected}, got ${found}`);
  }
}

/** What the worker makes of the job; it has let go of the file by then. */
async function run(worker: Worker, job: UploadJob): Promise<UploadOutcome> {
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<UploadOutcome>) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage(job);
    });
  } finally {
    worker.terminate();
  }
}
