/** What every list of faults needs: the Hub, the page, a model of several chunks, and the checks that must always hold. */
import type { Page } from '@playwright/test';
import type { BitErrorCode } from '../../src/bit/index.ts';
import type { Offer, Patience, ShelfModel } from '../../src/engine/shelf/protocol.ts';
import { type Content, contentOf } from '../hub/content.ts';
import { REPOS, serveModels } from '../hub/models.ts';
import type { Outcome } from '../hub/page.ts';
import { type HubServer, startHub } from '../hub/server.ts';
import { call, openLens, type SourceSite, servePage } from '../hub/site.ts';
import { bitRecipe, safetensorsFile, tensorsOf } from '../hub/weights.ts';

/** A download is stored in pieces of this size, and goes on from the last whole one. */
export const CHUNK = 4 * 2 ** 20;
/** A real BiT of four chunks. */
const NET = { depths: [1, 1, 2, 2], widths: [128, 256, 512, 1024], stem: 32, labels: 10 };
export const MEDIUM = 'faults/medium';
export const NEIGHBOUR = REPOS.tiny;
export const FILE = 'model.safetensors';

/** Impatient enough for a loopback, patient enough for a busy machine. */
export const PATIENCE: Patience = { idleMs: 1_500, firstWaitMs: 5, tries: 4, offlineMs: 1_000 };

/** A rule of the house was broken: wrong bytes taken for right ones, data lost, an error without a name. */
export class Violation extends Error {}

export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Violation(what);
}

/** Errors that no person can act on; a fault of the network or of the disk must never come out as one. */
const NAMELESS: readonly BitErrorCode[] = ['internal', 'worker-lost'];

export type Version = Readonly<Record<string, string>>;

export interface Checks {
  /** Whether damage that the store has noticed itself is to be expected (false). */
  readonly damage?: boolean;
  /** Whether what a person keeps beside the shelf was put there (true). */
  readonly marked?: boolean;
}

export class Rig {
  readonly hub: HubServer;
  readonly site: SourceSite;
  readonly medium: Content;
  /** Every state in which a model was ever served: file name -> SHA-256. */
  readonly #versions = new Map<string, Version[]>();

  private constructor(hub: HubServer, site: SourceSite) {
    this.hub = hub;
    this.site = site;
    this.medium = contentOf(Buffer.concat([...safetensorsFile(tensorsOf(bitRecipe(NET)))]));
  }

  static async start(): Promise<Rig> {
    const rig = new Rig(await startHub(), await servePage());
    serveModels(rig.hub, { fullSize: false });
    rig.reset();
    return rig;
  }

  /** All faults off, an empty log, the models as they were. */
  reset(): void {
    this.hub.faults.clear();
    this.hub.log.length = 0;
    this.#versions.clear();
    this.publish(this.medium);
    const tiny = this.hub.repo(NEIGHBOUR).at()?.files ?? new Map<string, Content>();
    this.#versions.set(NEIGHBOUR, [hashesOf(Object.fromEntries(tiny))]);
  }

  /** Puts the model with these weights on the Hub's main branch and on the plain server. */
  publish(weights: Content): void {
    const { depths, widths, stem, labels } = NET;
    const names = Array.from({ length: labels }, (_, i) => [i, `kind ${i}`]);
    const config = contentOf(
      JSON.stringify({
        model_type: 'bit',
        architectures: ['BitForImageClassification'],
        depths,
        hidden_sizes: widths,
        embedding_size: stem,
        id2label: Object.fromEntries(names),
      }),
    );
    const preprocessor = contentOf(
      JSON.stringify({
        image_processor_type: 'BitImageProcessor',
        size: { shortest_edge: 64 },
        crop_size: 64,
      }),
    );
    const files = { 'config.json': config, 'preprocessor_config.json': preprocessor, [FILE]: weights };
    this.hub.repo(MEDIUM, { license: 'apache-2.0', library: 'transformers' }).commit(files);
    for (const [name, content] of Object.entries(files)) this.hub.put(`models/medium/${name}`, content);
    this.#versions.set(MEDIUM, [...(this.#versions.get(MEDIUM) ?? []), hashesOf(files)]);
  }

  open(page: Page): Promise<Page> {
    return openLens(page, this.site);
  }

  /** What a look-up says; it must succeed. */
  async offer(page: Page, repo = MEDIUM): Promise<Offer> {
    return okay(await call(page, 'lookUp', repo, `${this.hub.hub}/`), `looking up ${repo}`);
  }

  /** The same model from the plain server, which states no hash. */
  async plainOffer(page: Page): Promise<Offer> {
    return okay(await call(page, 'lookUp', `${this.hub.plain}/models/medium/`), 'looking up the folder');
  }

  /** Downloads to the end; it must succeed, and be right. */
  async complete(page: Page, offer: Offer, checks: Checks = {}): Promise<void> {
    okay(await call(page, 'download', offer, PATIENCE), 'the download that nothing disturbs');
    const model = (await this.check(page, checks)).find(({ id }) => id === offer.id);
    must(
      model?.state === 'complete',
      `after an undisturbed download the model is ${model?.state ?? 'not there'}`,
    );
  }

  /** What must hold at any time: complete models are right to the byte, and nothing else was touched. */
  async check(
    page: Page,
    { damage = false, marked = true }: Checks = {},
  ): Promise<readonly { id: string; name: string; state: string; stored: number }[]> {
    const { models } = okay(await call(page, 'list'), 'listing the shelf');
    for (const { name, state, hashes, id } of models) {
      if (state !== 'complete' || hashes === null) continue;
      if (!('ok' in hashes)) {
        must(damage, `${name} is listed as complete, and its bytes are not there: ${hashes.message}`);
        continue;
      }
      if (this.isVersion(hashes.ok)) continue;
      // the store hands out bytes unread; whoever opens them must notice
      const opened = await call(page, 'open', id);
      must(damage && !('ok' in opened), `${name} is complete with wrong bytes: ${JSON.stringify(hashes.ok)}`);
      named(opened, 'opening a damaged model');
    }
    if (marked) {
      const kept = await call(page, 'marked');
      must(
        kept.database && kept.file && kept.setting,
        `a person's own data is not whole: ${JSON.stringify(kept)}`,
      );
    }
    return models;
  }

  /** Whether these are the files of one state in which some model was served, and not a mix of two. */
  isVersion(hashes: Version): boolean {
    const same = (version: Version): boolean =>
      hashes[FILE] === version[FILE] && Object.entries(hashes).every(([name, sha]) => version[name] === sha);
    return [...this.#versions.values()].flat().some(same);
  }

  async stop(): Promise<void> {
    await this.site.close();
    await this.hub.close();
  }
}

/** The result, or a violation that tells the error. */
export function okay<T>(outcome: Outcome<T>, what: string): T {
  if ('ok' in outcome) return outcome.ok;
  throw new Violation(`${what} failed: ${outcome.code}: ${outcome.message}`);
}

/** An outcome that may be an error must be one with a name; gives the name, or null for a success. */
export function named(outcome: Outcome<unknown>, what: string): BitErrorCode | null {
  if ('ok' in outcome) return null;
  must(
    !NAMELESS.includes(outcome.code),
    `${what} failed without a name: ${outcome.code}: ${outcome.message}`,
  );
  return outcome.code;
}

export type Download = Outcome<ShelfModel>;

const hashesOf = (files: Readonly<Record<string, Content>>): Version =>
  Object.fromEntries(Object.entries(files).map(([name, { sha256 }]) => [name, sha256]));
