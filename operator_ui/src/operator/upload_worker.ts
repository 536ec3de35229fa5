/** Takes one upload in off the page's thread: fetches its pieces from the agent, hashes and writes them in order. */
import { createSHA256 } from 'hash-wasm';

export interface UploadJob {
  handle: FileSystemFileHandle;
  /** Piece n is at `${url}/${n}`. */
  url: string;
  pieces: number;
}

export type UploadOutcome = { receivedBytes: number; sha256: string } | { error: unknown };

/** TypeScript's DOM library leaves out what only workers have. */
interface WorkersFileHandle extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<SyncAccessHandle>;
}

interface SyncAccessHandle {
  write(bytes: Uint8Array<ArrayBuffer>): number;
  flush(): void;
  close(): void;
}

const PIECES_ON_THE_WAY = 4;
let stopped = false;

self.onmessage = async ({ data }: MessageEvent<UploadJob | 'stop'>): Promise<void> => {
  if (data === 'stop') stopped = true;
  else self.postMessage(await receive(data).catch((error: unknown) => ({ error })));
};

async function receive({ handle, url, pieces }: UploadJob): Promise<UploadOutcome> {
  const disk = await (handle as WorkersFileHandle).createSyncAccessHandle();
  try {
    const hasher = (await createSHA256()).init();
    let receivedBytes = 0;
    for await (const piece of inOrder(url, pieces)) {
      hasher.update(piece);
      disk.write(piece);
      receivedBytes += piece.byteLength;
    }
    disk.flush();
    return { receivedBytes, sha256: hasher.digest('hex') };
  } finally {
    disk.close();
  }
}

async function* inOrder(url: string, pieces: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const onTheWay: Promise<Uint8Array<ArrayBuffer>>[] = [];
  let next = 0;
  for (let taken = 0; taken < pieces && !stopped; taken += 1) {
    while (next < pieces && onTheWay.length < PIECES_ON_THE_WAY)
      onTheWay.push(fetchPiece(`${url}/${next++}`));
    yield await (onTheWay.shift() as Promise<Uint8Array<ArrayBuffer>>);
  }
}

async function fetchPiece(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The agent answered ${response.status} for ${url}`);
  return new Uint8Array(await response.arrayBuffer());
}
