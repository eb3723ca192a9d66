/** How much memory the browser's processes hold, read from /proc; Linux only. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Browser } from '@playwright/test';

export type ProcessType = 'renderer' | 'GPU';

/** Resident memory of one process. */
export class ProcessMemory {
  private readonly pid: number;

  constructor(pid: number) {
    this.pid = pid;
  }

  /** Bytes resident now. */
  now(): number {
    return this.read('VmRSS');
  }

  /** The most bytes resident since `restart`. */
  peak(): number {
    return this.read('VmHWM');
  }

  /** Forgets the peak (proc(5), clear_refs). */
  restart(): void {
    writeFileSync(`/proc/${this.pid}/clear_refs`, '5');
  }

  private read(field: string): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return 1024 * Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? Number.NaN);
  }
}

/** Whether this system tells. */
export const hasProc = existsSync('/proc/self/clear_refs');

/** The largest process of that type, which is the page's own. */
export async function processOf(browser: Browser, type: ProcessType): Promise<ProcessMemory> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const found = processInfo
    .filter((process) => process.type === type)
    .map(({ id }) => new ProcessMemory(id))
    .sort((a, b) => b.now() - a.now())[0];
  if (!found) throw new Error(`the browser has no process of type ${type}`);
  return found;
}
