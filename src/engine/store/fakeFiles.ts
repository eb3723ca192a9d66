/** A stand-in for the browser's private files and its locks in unit tests: one folder, in memory. */

export class FakeFiles {
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  /** What the next writes fail with, once half of the bytes are there. */
  readonly failures: Error[] = [];
  private readonly tails = new Map<string, Promise<unknown>>();

  /** Stands in for `navigator`. */
  readonly navigator = {
    locks: {
      request: (name: string, work: () => Promise<unknown>): Promise<unknown> => {
        const result = (this.tails.get(name) ?? Promise.resolve()).then(work);
        this.tails.set(
          name,
          result.catch(() => undefined), // the caller has the error
        );
        return result;
      },
    },
    storage: { getDirectory: async () => ({ getDirectoryHandle: async () => this.folder }) },
  };

  private readonly folder = {
    keys: () => this.listed(),
    getFileHandle: async (name: string, { create = false } = {}) => {
      if (!this.files.has(name)) {
        if (!create) throw new DOMException(`there is no ${name}`, 'NotFoundError');
        this.files.set(name, new Uint8Array());
      }
      return {
        getFile: async () => new Blob([this.bytes(name)]),
        createSyncAccessHandle: async () => this.access(name),
      };
    },
    removeEntry: async (name: string) => {
      if (!this.files.delete(name)) throw new DOMException(`there is no ${name}`, 'NotFoundError');
    },
  };

  private async *listed(): AsyncGenerator<string> {
    yield* [...this.files.keys()];
  }

  private bytes(name: string): Uint8Array<ArrayBuffer> {
    return this.files.get(name) ?? new Uint8Array();
  }

  private access(name: string) {
    return {
      getSize: () => this.bytes(name).length,
      read: (target: Uint8Array, { at }: { at: number }) => {
        const found = this.bytes(name).subarray(at, at + target.length);
        target.set(found);
        return found.length;
      },
      write: (source: Uint8Array, { at }: { at: number }) => {
        const failure = this.failures.shift();
        const written = failure ? source.subarray(0, source.length >> 1) : source;
        const whole = new Uint8Array(Math.max(this.bytes(name).length, at + written.length));
        whole.set(this.bytes(name));
        whole.set(written, at);
        this.files.set(name, whole);
        if (failure) throw failure;
        return written.length;
      },
      truncate: (size: number) => this.files.set(name, this.bytes(name).slice(0, size)),
      flush: () => undefined,
      close: () => undefined,
    };
  }
}
