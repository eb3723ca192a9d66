/** The shelf as the page shows it. What acts on it (shelfDoings.ts) is loaded when it is first needed. */
import type { PlainError } from '../../engine/protocol.ts';
import type {
  DownloadProgress,
  EvictionPlan,
  Offer,
  ShelfModel,
  StorageStatus,
} from '../../engine/shelf/protocol.ts';
import type { Kit } from '../store.ts';
import type { ShelfDoings } from './shelfDoings.ts';

/** A download or a storing that this tab waits for. */
export interface Job {
  /** The model's id on the shelf; of dropped files 'session:' and the session's number. */
  readonly id: string;
  readonly name: string;
  /** Null for dropped files: no host is asked. */
  readonly host: string | null;
  readonly progress: DownloadProgress | null;
}

/** What a person asked a host about, and how far that is. */
export interface LookUp {
  /** As it was pasted. */
  readonly text: string;
  readonly host: string;
  /** Row of the catalogue that it came from. */
  readonly key: string | null;
  /** proposed: the page's address names it, and nothing was asked yet. */
  readonly step: 'proposed' | 'asking' | 'found' | 'failed';
  readonly offer: Offer | null;
  readonly error: PlainError | null;
}

/** A question that waits for yes or no. */
export type Question =
  | { readonly kind: 'remove'; readonly models: readonly ShelfModel[] }
  | { readonly kind: 'room'; readonly name: string; readonly plan: EvictionPlan };

export interface ShelfView {
  /** Null until the shelf was read. */
  readonly models: readonly ShelfModel[] | null;
  readonly storage: StorageStatus | null;
  /** The browser replaced a corrupt database by an empty one. */
  readonly lost: boolean;
  /** Why the shelf itself cannot be read. */
  readonly error: PlainError | null;
  readonly jobs: readonly Job[];
  /** Why a model is not being fetched or stored any more, by the ids of jobs. */
  readonly troubles: Readonly<Record<string, PlainError>>;
  readonly lookUp: LookUp | null;
  readonly question: Question | null;
  /** Where owner/name is looked for; null for the Hub itself. */
  readonly base: string | null;
  /** True when the browser was asked to keep everything, and did not agree. */
  readonly refusedToKeep: boolean;
}

export interface ShelfPart {
  readonly shelf: ShelfView;
  readonly loadShelf: () => Promise<ShelfDoings>;
}

export function createShelfPart(kit: Kit): ShelfPart {
  let doings: Promise<ShelfDoings> | undefined;
  return {
    shelf: {
      models: null,
      storage: null,
      lost: false,
      error: null,
      jobs: [],
      troubles: {},
      lookUp: null,
      question: null,
      base: kit.memory.read('base') || null,
      refusedToKeep: false,
    },
    loadShelf() {
      doings ??= import('./shelfDoings.ts').then(({ createDoings }) => createDoings(kit));
      return doings;
    },
  };
}

/** The catalogue's row to begin with: google/bit-50's size, 2.4 points more, a quarter of the work. */
export const RECOMMENDED = {
  row: 'resnetv2_50x1_bit.goog_distilled_in1k',
  name: 'R50x1 distilled',
  bytes: 102_197_408,
} as const;

export const HUB_HOST = 'huggingface.co';

/** The host that is contacted now, by a person's wish; null for none. */
export function contacted({ shelf }: ShelfPart): string | null {
  if (shelf.lookUp?.step === 'asking') return shelf.lookUp.host;
  return shelf.jobs.find(({ host }) => host !== null)?.host ?? null;
}

/** Whole per cent of a job, never 100 before it is done; null while its length is unknown. */
export function jobShare({ progress }: Job): number | null {
  if (progress === null || progress.total <= 0) return null;
  return Math.min(99, Math.floor((progress.done / progress.total) * 100));
}
