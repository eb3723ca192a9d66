/** What the catalogue says of a model on the shelf, and what can be foretold of one that is not here yet. */
import { ARCHITECTURES, CATALOGUE, type CatalogueRow } from '../../bit/catalogue.ts';
import { multiplyAdds, parseBitConfig, usualInput, WASM_HEAP_BYTES, wasmNeed } from '../../bit/index.ts';
import type { ModelInfo } from '../../engine/protocol.ts';
import type { ShelfModel, ShelfSource } from '../../engine/shelf/protocol.ts';
import { median } from '../figures.ts';
import type { Models, SessionModel } from './models.ts';

export { CATALOGUE, type CatalogueRow };

/** "R50x1 distilled", "R50x1, ImageNet-21k", "bit-50": short enough for a chip. */
export function shortName({ name, naming, architecture }: CatalogueRow): string {
  if (naming !== 'timm' || architecture === null) return name.slice(name.lastIndexOf('/') + 1);
  const tag = /\.goog_(.+)$/.exec(name)?.[1] ?? '';
  if (tag === 'in21k') return `${architecture}, ImageNet-21k`;
  const words = [architecture, /^(distilled|teacher)/.exec(tag)?.[1], /_(384)$/.exec(tag)?.[1]];
  return words.filter((word) => word !== undefined).join(' ');
}

/** What is asked for when a row is chosen. */
export function addressOf({ host, repo, files }: CatalogueRow): string {
  return host === 'huggingface.co' ? repo : `https://${host}/${repo}/${files[0] ?? ''}`;
}

/** The catalogue's row that a model on the shelf is a copy of. */
export function rowOf(model: Pick<ShelfModel, 'catalogueKey' | 'source'>): CatalogueRow | undefined {
  const { catalogueKey, source } = model;
  if (catalogueKey !== null) return CATALOGUE.find(({ name }) => name === catalogueKey);
  return source.kind === 'repo' ? CATALOGUE.find(({ repo }) => repo === source.repo) : undefined;
}

/** What people call a model on the shelf: the catalogue's short name where it has one. */
export function shelfName(model: Pick<ShelfModel, 'catalogueKey' | 'source' | 'name'>): string {
  const row = rowOf(model);
  return row === undefined ? model.name.slice(model.name.lastIndexOf('/') + 1) : shortName(row);
}

/** Where it came from, for people: 'owner/name', an address, or null for a dropped file. */
export function sourceText(source: ShelfSource): string | null {
  if (source.kind === 'repo') return source.repo;
  return source.kind === 'dropped' ? null : source.url;
}

/** Milliseconds of one run here: measured, else estimated from the multiply-adds; null where neither can be said. */
export interface Speed {
  readonly ms: number;
  readonly measured: boolean;
}

export function measuredMs({ timings }: Pick<SessionModel, 'timings'>): number | null {
  return median(timings.map(({ run }) => run)) ?? null;
}

/**
 * Milliseconds per 10^9 multiply-adds on the device that answers now; null before the first answer. Of several measured
 * models the least: in a small one fixed costs weigh more, and the estimates are for larger ones.
 */
export function pace({ models, inUse }: Pick<Models, 'models' | 'inUse'>): number | null {
  const device = models.find(({ id }) => id === inUse)?.info?.device.device;
  const paces = models.flatMap((model) => {
    const ms = measuredMs(model);
    const operations = model.info ? operationsOf(model.info) : null;
    return ms === null || operations === null || model.info?.device.device !== device
      ? []
      : [ms / operations];
  });
  return paces.length === 0 ? null : Math.min(...paces);
}

/** 10^9 multiply-adds of an open model at the size that it usually sees; null where that size does not go through. */
export function operationsOf({ config, processor, format }: ModelInfo): number | null {
  if (format === 'onnx') return null; // someone else's network
  try {
    return multiplyAdds(config, usualInput(processor)) / 1e9;
  } catch {
    return null; // the reference takes no picture of that size either
  }
}

/** What a row needs of memory to run, bytes: the larger nets pass what one page is given. */
export interface Fit {
  readonly needs: number;
  /** What a page, or this device, has. */
  readonly has: number;
  readonly fits: boolean;
}

const known = new Map<string, number>();

/** Null for a row without a known architecture. */
export function fitOf({ architecture, input, classes }: CatalogueRow): Fit | null {
  if (architecture === null) return null;
  const key = `${architecture} ${input.size}`;
  let network = known.get(key);
  if (network === undefined) {
    const { depths, factor, parameters } = ARCHITECTURES[architecture];
    const hidden_sizes = [256, 512, 1024, 2048].map((width) => width * factor);
    const config = parseBitConfig({ embedding_size: 64 * factor, hidden_sizes, depths });
    network = wasmNeed(config, { height: input.size, width: input.size }, parameters);
    known.set(key, network);
  }
  // the classifier stands outside of the runtime's heap
  const head = 4 * (classes ?? 0) * (2_048 * ARCHITECTURES[architecture].factor + 1);
  const device = deviceBytes();
  const needs = network + head;
  const has = Math.min(WASM_HEAP_BYTES, device ?? WASM_HEAP_BYTES);
  return { needs, has, fits: network <= WASM_HEAP_BYTES && (device === null || needs <= device) };
}

/** The device's memory where the browser says it, rounded and capped as it likes; null elsewhere. */
function deviceBytes(): number | null {
  const { deviceMemory } = globalThis.navigator as { readonly deviceMemory?: number };
  return typeof deviceMemory === 'number' ? deviceMemory * 2 ** 30 : null;
}
