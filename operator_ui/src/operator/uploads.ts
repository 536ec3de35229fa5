/** Files that come in pieces, for browsers that do not share the agent's disk. */
import { createSHA256, type IHasher } from 'hash-wasm';
import { decodeBase64 } from './base64';
import type { Disk, DiskFile } from './disk';
import { asOperatorError, OperatorError } from './errors';

interface Upload {
  name: string;
  announcedBytes: number;
  receivedBytes: number;
  file: DiskFile;
  writable: FileSystemWritableFileStream;
  hasher: IHasher;
  finished: boolean;
}

export class Uploads {
  private readonly open = new Map<string, Upload>();

  constructor(private readonly disk: Disk) {}

  async begin(name: string, announcedBytes: number): Promise<string> {
    const file = await this.disk.create('upload');
    const writable = await file.handle.createWritable();
    const hasher = (await createSHA256()).init();
    this.open.set(file.name, { name, announcedBytes, receivedBytes: 0, file, writable, hasher, finished: false });
    return file.name;
  }

  /** Appends; the bytes are on disk when it resolves, so that memory holds one piece. */
  async write(uploadId: string, base64: string): Promise<number> {
    const upload = this.find(uploadId, false);
    const bytes = decodeBase64(base64);
    if (upload.receivedBytes + bytes.byteLength > upload.announcedBytes) {
      throw new OperatorError('bad_request', `Expected ${upload.announcedBytes} bytes of ${upload.name}, got more`);
    }
    upload.hasher.update(bytes);
    upload.receivedBytes += bytes.byteLength;
    await upload.writable.write(bytes).catch((error: unknown) => {
      throw asOperatorError(error, 'storage_full');
    });
    return upload.receivedBytes;
  }

  async finish(uploadId: string, sha256: string): Promise<number> {
    const upload = this.find(uploadId, false);
    const found = upload.hasher.digest('hex');
    if (upload.receivedBytes !== upload.announcedBytes || found !== sha256) {
      await this.abort(uploadId);
      const expected = `${upload.announcedBytes} bytes with SHA-256 ${sha256}`;
      throw new OperatorError('digest_mismatch', `Expected ${expected}, got ${upload.receivedBytes} with ${found}`);
    }
    await upload.writable.close();
    upload.finished = true;
    return upload.receivedBytes;
  }

  async abort(uploadId: string): Promise<void> {
    const upload = this.open.get(uploadId);
    if (!upload) return;
    this.open.delete(uploadId);
    if (!upload.finished) await upload.writable.abort();
    await upload.file.remove();
  }

  /** The file of a finished upload, under the name it was announced with. */
  async file(uploadId: string): Promise<File> {
    const upload = this.find(uploadId, true);
    return upload.file.read();
  }

  async clear(): Promise<void> {
    for (const uploadId of [...this.open.keys()]) await this.abort(uploadId);
  }

  private find(uploadId: string, finished: boolean): Upload {
    const upload = this.open.get(uploadId);
    if (upload?.finished === finished) return upload;
    const state = finished ? 'a finished' : 'an open';
    throw new OperatorError('bad_request', `Expected ${state} upload, got ${uploadId}`);
  }
}
