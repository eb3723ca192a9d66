/** Bytes fetched at once: enough that the headers of nearly all pictures need one read. */
const WINDOW_BYTES = 65_536;

/** Random access to a Blob's bytes through one cached slice. */
export class BlobWindow {
  private readonly blob: Blob;
  private start = 0;
  private bytes = new Uint8Array(0);

  constructor(blob: Blob) {
    this.blob = blob;
  }

  get size(): number {
    return this.blob.size;
  }

  /** The bytes [offset, offset + length), fewer where the file ends; at most a window's worth. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const wanted = Math.min(length, WINDOW_BYTES);
    const inside = offset >= this.start && offset + wanted <= this.start + this.bytes.length;
    if (!inside) {
      this.bytes = new Uint8Array(await this.blob.slice(offset, offset + WINDOW_BYTES).arrayBuffer());
      this.start = offset;
    }
    return this.bytes.subarray(offset - this.start, offset - this.start + wanted);
  }

  /** The file's last window as text of one character a byte, to look for a name in. */
  async tail(): Promise<string> {
    const end = this.blob.slice(Math.max(0, this.blob.size - WINDOW_BYTES));
    return new TextDecoder('latin1').decode(await end.arrayBuffer());
  }
}
