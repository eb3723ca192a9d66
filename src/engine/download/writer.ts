/** One file on its way into the store: bytes in any pieces -> chunks of 4 MiB, hashed; never more than two in memory. */
import { BitError } from '../../bit/errors.ts';
import { appendChunk, CHUNK_BYTES, fileBlob } from '../store/chunks.ts';
import type { FileProgress } from '../store/db.ts';
import { restartFile } from '../store/shelf.ts';
import { createHasher, type Hasher, hashBlob } from './hash.ts';

export interface WriterPlace {
  readonly id: string;
  /** Number of the file among the model's. */
  readonly file: number;
  readonly name: string;
}

export class FileWriter {
  private readonly place: WriterPlace;
  private readonly buffer = new Uint8Array(CHUNK_BYTES);
  private readonly hasher: Hasher;
  private chunks = 0;
  private filled = 0;
  private taken = 0;
  /** The chunk before is written while the next one comes in. */
  private writing: Promise<void> = Promise.resolve();
  private failed: { readonly cause: unknown } | null = null;
  /** What tells the stored bytes' file on the host from another. */
  validator: string | null;

  private constructor(place: WriterPlace, hasher: Hasher, validator: string | null) {
    this.place = place;
    this.hasher = hasher;
    this.validator = validator;
  }

  /**
   * Goes on from what is stored. The hash covers the bytes as they are stored now, so they are read; where one is
   * missing the file begins anew.
   */
  static async resume(
    place: WriterPlace,
    stored: FileProgress,
    signal: AbortSignal,
    onChecked: (bytes: number) => void,
  ): Promise<FileWriter> {
    const writer = new FileWriter(place, await createHasher(), stored.validator);
    // a short chunk is the file's last, but that the file was done was not noted: it is fetched again
    const whole = Math.floor(stored.bytes / CHUNK_BYTES);
    try {
      const blob = await fileBlob(place.id, place.file, whole * CHUNK_BYTES);
      await hashBlob(writer.hasher, blob, place.name, signal, onChecked);
      writer.chunks = whole;
      writer.taken = whole * CHUNK_BYTES;
    } catch (cause) {
      if (!(cause instanceof BitError) || !['not-stored', 'stored-damaged'].includes(cause.code)) throw cause;
      await writer.restart();
    }
    return writer;
  }

  /** Bytes taken so far. */
  get bytes(): number {
    return this.taken;
  }

  /** Takes the next bytes; resolves when there is room for more. Throws 'quota' and what the store throws. */
  async take(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.byteLength; ) {
      const part = piece.subarray(at, at + CHUNK_BYTES - this.filled);
      this.buffer.set(part, this.filled);
      this.filled += part.byteLength;
      this.taken += part.byteLength;
      at += part.byteLength;
      if (this.filled === CHUNK_BYTES) await this.flush();
    }
  }

  /** Begins anew at byte 0, with nothing stored. */
  async restart(): Promise<void> {
    await this.writing;
    this.failed = null;
    this.filled = 0;
    this.taken = 0;
    this.chunks = 0;
    this.validator = null;
    this.hasher.init();
    await restartFile(this.place.id, this.place.file);
  }

  /** Stores the last bytes and gives the SHA-256 of the whole, in hex. */
  async finish(): Promise<string> {
    if (this.filled > 0) await this.flush();
    await this.settle();
    return this.hasher.digest('hex');
  }

  /** Resolves when nothing is being written any more. */
  async settle(): Promise<void> {
    await this.writing;
    if (this.failed) throw this.failed.cause;
  }

  private async flush(): Promise<void> {
    await this.settle();
    const bytes = this.buffer.subarray(0, this.filled);
    this.hasher.update(bytes);
    const { id, file } = this.place;
    const chunk = this.chunks++;
    this.filled = 0;
    // the Blob copies, so the buffer is free at once
    this.writing = appendChunk({ id, file, chunk }, new Blob([bytes]), this.validator).catch(
      (cause: unknown) => {
        this.failed = { cause };
      },
    );
  }
}
