/** The page's own folder on the browser's disk (OPFS); what a page left behind when it died goes at the next start. */

const ROOT = 'roughcut';

export class Disk {
  private constructor(private readonly folder: FileSystemDirectoryHandle) {}

  /** Opens a folder of this page alone: pages of one browser share the origin's disk. */
  static async open(): Promise<Disk> {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle(ROOT, { create: true });
    const name = crypto.randomUUID();
    await holdUntilThePageGoes(lockOf(name));
    const folder = await root.getDirectoryHandle(name, { create: true });
    await removeAbandoned(root);
    return new Disk(folder);
  }

  async create(prefix: string): Promise<DiskFile> {
    const name = `${prefix}-${crypto.randomUUID()}`;
    return new DiskFile(name, await this.folder.getFileHandle(name, { create: true }), this.folder);
  }

  async clear(): Promise<void> {
    const names: string[] = [];
    for await (const name of this.folder.keys()) names.push(name);
    for (const name of names) await removeIfThere(this.folder, name);
  }
}

export class DiskFile {
  constructor(
    readonly name: string,
    readonly handle: FileSystemFileHandle,
    private readonly folder: FileSystemDirectoryHandle,
  ) {}

  read(): Promise<File> {
    return this.handle.getFile();
  }

  remove(): Promise<void> {
    return removeIfThere(this.folder, this.name);
  }
}

function lockOf(name: string): string {
  return `${ROOT}-disk-${name}`;
}

function holdUntilThePageGoes(lock: string): Promise<void> {
  return new Promise((held) => {
    void navigator.locks.request(lock, () => {
      held();
      return new Promise(() => {});
    });
  });
}

async function removeAbandoned(root: FileSystemDirectoryHandle): Promise<void> {
  const { held = [] } = await navigator.locks.query();
  const alive = new Set(held.map((lock) => lock.name));
  const names: string[] = [];
  for await (const name of root.keys()) names.push(name);
  for (const name of names) if (!alive.has(lockOf(name))) await removeIfThere(root, name);
}

async function removeIfThere(folder: FileSystemDirectoryHandle, name: string): Promise<void> {
  try {
    await folder.removeEntry(name, { recursive: true });
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'NotFoundError')) throw error;
  }
}
