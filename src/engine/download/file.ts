/** One file from its address into the store: ranges, tries, waits; the SHA-256 is the gate. */
import { BitError } from '../../bit/errors.ts';
import { HostError, request } from '../hub/request.ts';
import type { OfferedFile, Patience, ShelfFile } from '../shelf/protocol.ts';
import type { FileProgress } from '../store/db.ts';
import { judge } from './judge.ts';
import { wait, waitAfter } from './patience.ts';
import { FileWriter } from './writer.ts';

/** A file that changes, or lies about its ranges, is begun anew this often. */
const MAX_RESTARTS = 2;

export interface FileJob {
  readonly id: string;
  /** Number of the file among the model's. */
  readonly index: number;
  readonly file: OfferedFile;
  readonly stored: FileProgress;
  readonly patience: Patience;
  readonly signal: AbortSignal;
  readonly onBytes: (step: 'check' | 'fetch', bytes: number) => void;
  readonly onWait: (error: BitError, milliseconds: number) => void;
  /** The size as it becomes known. */
  readonly onSize: (bytes: number) => void;
}

/**
 * Fetches what is not stored yet. Bytes that were stored stay stored, whatever is thrown, unless they are wrong. Throws
 * what `request` throws, 'file-changed', 'hash-mismatch' and what the store throws.
 */
export async function downloadFile(job: FileJob): Promise<ShelfFile> {
  const { id, index, file, stored, signal } = job;
  const place = { id, file: index, name: file.name };
  const writer = await FileWriter.resume(place, stored, signal, (bytes) => job.onBytes('check', bytes));
  try {
    const fetching = new Fetching(job, writer);
    await fetching.all();
    let sha256 = await writer.finish();
    if (file.sha256 !== null && sha256 !== file.sha256) {
      // a range that lied, or a disk: once more, as one whole
      await fetching.anew(`its SHA-256 is ${sha256}`);
      await fetching.all();
      sha256 = await writer.finish();
      if (sha256 !== file.sha256) {
        await writer.restart();
        const message = `its SHA-256 is ${sha256}, but the host states ${file.sha256}`;
        throw new BitError('hash-mismatch', message, { file: file.name });
      }
    }
    return {
      name: file.name,
      url: file.url,
      size: writer.bytes,
      sha256,
      sha256Stated: file.sha256 !== null,
      etag: writer.validator,
    };
  } finally {
    await writer.settle().catch(() => undefined); // its failure is on its way already
  }
}

class Fetching {
  private readonly job: FileJob;
  private readonly writer: FileWriter;
  private size: number | null;
  private restarts = 0;
  /** Off once ranges were found to be wrong: then the file is asked for as a whole. */
  private ranges = true;

  constructor(job: FileJob, writer: FileWriter) {
    this.job = job;
    this.writer = writer;
    this.size = job.file.size;
  }

  /** Tries until all bytes are taken. */
  async all(): Promise<void> {
    const { patience, signal, onWait } = this.job;
    let failures = 0;
    while (this.writer.bytes !== this.size) {
      const before = this.writer.bytes;
      let failure: unknown = null;
      try {
        if (await this.once()) return;
        if (this.writer.bytes > before) failures = 0;
        else failure = this.endsEarly();
      } catch (cause) {
        failure = cause;
        if (this.writer.bytes > before) failures = 0;
      }
      if (failure === null) continue;
      const offline = failure instanceof BitError && failure.code === 'offline';
      const milliseconds = offline ? patience.offlineMs : waitAfter(failure, ++failures, patience);
      if (milliseconds === null || !(failure instanceof BitError)) throw failure;
      onWait(failure, milliseconds);
      await wait(milliseconds, signal, offline);
      if (offline && navigator.onLine === false) throw failure;
    }
  }

  private endsEarly(): HostError {
    const message = `ends at byte ${this.writer.bytes} of ${this.size}`;
    return new HostError('file-changed', message, { file: this.job.file.name, passing: true });
  }

  /** Forgets all bytes. Throws 'file-changed' when that happened too often. */
  async anew(why: string): Promise<void> {
    this.ranges = false;
    if (++this.restarts > MAX_RESTARTS)
      throw new BitError('file-changed', `keeps changing: ${why}`, { file: this.job.file.name });
    this.size = this.job.file.size;
    await this.writer.restart();
  }

  /** One request; true when the host has ended a file whose size nobody states. */
  private async once(): Promise<boolean> {
    const { file, signal, patience, onBytes, onSize } = this.job;
    const { writer } = this;
    const range = this.ranges || writer.bytes > 0 ? { range: `bytes=${writer.bytes}-` } : {};
    let answer: Awaited<ReturnType<typeof request>>;
    try {
      answer = await request(file.url, { signal, idleMs: patience.idleMs, file: file.name, ...range });
    } catch (cause) {
      // 416: there is nothing after what is stored, or the file became shorter
      if (!(cause instanceof BitError) || cause.code !== 'file-changed') throw cause;
      await this.anew(cause.message);
      return false;
    }
    const { response } = answer;
    const verdict = judge(response.status, response.headers, {
      offset: writer.bytes,
      size: this.size,
      validator: writer.validator,
      hashStated: file.sha256 !== null,
    });
    try {
      if (verdict.kind === 'wrong') {
        await this.anew(verdict.why);
        return false;
      }
      if (verdict.start !== writer.bytes) await writer.restart(); // the host ignored the range
      writer.validator = verdict.validator ?? writer.validator;
      this.size ??= verdict.size;
      if (this.size !== null) onSize(this.size);
      for await (const piece of answer.pieces()) {
        if (this.size !== null && writer.bytes + piece.byteLength > this.size) {
          await this.anew(`it is longer than ${this.size} bytes`);
          return false;
        }
        await writer.take(piece);
        onBytes('fetch', writer.bytes);
      }
      return this.size === null;
    } finally {
      answer.end();
    }
  }
}
