/** A person's visit: a browser on a profile of its own, with the page open and something of theirs kept beside the shelf. */
import type { CDPSession, Page } from '@playwright/test';
import { call } from '../hub/site.ts';
import { type Chrome, Profile } from './chrome.ts';
import type { Rig } from './rig.ts';

export class Visit {
  readonly rig: Rig;
  readonly profile: Profile;
  #chrome: Chrome;
  #page: Page;

  private constructor(rig: Rig, chrome: Chrome, page: Page, profile: Profile) {
    this.rig = rig;
    this.profile = profile;
    this.#chrome = chrome;
    this.#page = page;
  }

  /** With `onDisk` all that is theirs is on the disk, so that no death of the browser may take it. */
  static async start(rig: Rig, { onDisk = false } = {}): Promise<Visit> {
    const profile = new Profile();
    try {
      const chrome = await profile.start();
      const page = await rig.open(await chrome.context.newPage());
      await call(page, 'mark');
      const visit = new Visit(rig, chrome, page, profile);
      // Chromium saves settings (localStorage) some seconds late; a browser that is closed in peace has saved them
      if (onDisk) await visit.restart('close');
      return visit;
    } catch (error) {
      profile.remove();
      throw error;
    }
  }

  get page(): Page {
    return this.#page;
  }

  /** One more tab. */
  async tab(): Promise<Page> {
    return this.rig.open(await this.#chrome.context.newPage());
  }

  /** The tools of the browser's developers, for this page. */
  tools(page = this.#page): Promise<CDPSession> {
    return this.#chrome.context.newCDPSession(page);
  }

  /** The tab's process dies, as one out of memory does; a new tab opens the page. */
  async crash(): Promise<void> {
    const page = this.#page;
    const crashed = page.waitForEvent('crash');
    const session = await this.tools();
    session.send('Page.crash').catch(() => undefined); // nobody is left to answer
    await crashed;
    this.#page = await this.tab();
    await page.close();
  }

  /** The whole browser is killed, or closed, and started again on the same profile. `between` runs while it is off. */
  async restart(how: 'kill' | 'close', between: () => void = () => undefined): Promise<void> {
    await this.#chrome[how]();
    between();
    this.#chrome = await this.profile.start();
    this.#page = await this.tab();
  }

  /** Goes on in that tab; the other one is gone. */
  adopt(page: Page): void {
    this.#page = page;
  }

  /** A new tab in place of the one in use. */
  async reload(): Promise<void> {
    const old = this.#page;
    this.#page = await this.tab();
    await old.close();
  }

  async end(): Promise<void> {
    await this.#chrome.kill();
    this.profile.remove();
  }
}
