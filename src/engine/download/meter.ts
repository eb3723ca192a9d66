/** Bytes over time -> what a person is told: rate and time left. */
import type { BitError } from '../../bit/errors.ts';
import { plainErrorOf } from '../serve.ts';
import type { DownloadProgress } from '../shelf/protocol.ts';

/** The rate is that of this many last milliseconds. */
const WINDOW_MS = 5_000;
const REPORT_MS = 100;

export class Meter {
  private readonly report: (progress: DownloadProgress) => void;
  private samples: { readonly at: number; readonly bytes: number }[] = [];
  private lastReport = Number.NEGATIVE_INFINITY;
  /** Bytes of all files when done; 0 while unknown. */
  total: number;
  file = '';

  constructor(total: number | null, report: (progress: DownloadProgress) => void) {
    this.total = total ?? 0;
    this.report = report;
  }

  /** Told the bytes of all files so far, as often as one likes. `now` in milliseconds. */
  tell(step: 'check' | 'fetch' | 'store', done: number, now = performance.now()): void {
    const last = this.samples.at(-1);
    if (last && (step === 'check' || done < last.bytes)) this.samples = [];
    this.samples.push({ at: now, bytes: done });
    while ((this.samples[0]?.at ?? now) < now - WINDOW_MS) this.samples.shift();
    if (now - this.lastReport < REPORT_MS && done !== this.total) return;
    this.lastReport = now;
    const rate = step === 'check' ? 0 : this.rate();
    const left = this.total > 0 && rate > 0 ? Math.max(0, this.total - done) / rate : null;
    const { total, file } = this;
    this.report({
      step,
      done,
      total: total === 0 ? 0 : Math.max(total, done),
      rate,
      secondsLeft: left,
      file,
      wait: null,
    });
  }

  waits(error: BitError, milliseconds: number): void {
    const done = this.samples.at(-1)?.bytes ?? 0;
    const wait = { error: plainErrorOf(error), seconds: milliseconds / 1000 };
    this.samples = [];
    this.report({ step: 'wait', done, total: this.total, rate: 0, secondsLeft: null, file: this.file, wait });
    this.samples.push({ at: performance.now(), bytes: done });
  }

  private rate(): number {
    const [first] = this.samples;
    const last = this.samples.at(-1);
    if (!first || !last || last.at <= first.at) return 0;
    return ((last.bytes - first.bytes) / (last.at - first.at)) * 1000;
  }
}
