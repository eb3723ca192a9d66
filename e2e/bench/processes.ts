/** How much memory the browser's processes hold, read from /proc; Linux only. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Browser, Page } from '@playwright/test';

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

/** The GPU's process. */
export async function gpuProcess(browser: Browser): Promise<ProcessMemory> {
  const [found] = await processes(browser, 'GPU');
  if (!found) throw new Error('the browser has no GPU process');
  return new ProcessMemory(found.id);
}

/** The process of a page, which a browser does not tell: of all renderers, the one that works when the page does. */
export async function rendererOf(page: Page, browser: Browser): Promise<ProcessMemory> {
  const before = new Map((await processes(browser, 'renderer')).map(({ id, cpuTime }) => [id, cpuTime]));
  await page.evaluate(() => {
    const end = performance.now() + 500;
    while (performance.now() < end);
  });
  const worked = ({ id, cpuTime }: { id: number; cpuTime: number }): number =>
    cpuTime - (before.get(id) ?? 0);
  const after = await processes(browser, 'renderer');
  const [found] = after.sort((a, b) => worked(b) - worked(a));
  if (!found) throw new Error('the browser has no renderer');
  return new ProcessMemory(found.id);
}

async function processes(browser: Browser, type: string): Promise<{ id: number; cpuTime: number }[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.filter((process) => process.type === type);
}
