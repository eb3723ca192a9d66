/**
 * The model shelf between page and worker: types only. The shelf has a worker of its own, so that a download neither
 * waits for a network that runs nor dies with a lost GPU.
 */
import type { NamedBlob } from '../../bit/index.ts';
import type { Choices, Classification, PlainError } from '../protocol.ts';

/** Where a model is fetched from, as `hub/address.ts` reads it from what a person pastes. Addresses are absolute. */
export type ModelAddress =
  /** A repository of a host that behaves as the Hub, or else of `{base}{repo}/` on a plain file server. */
  | {
      readonly kind: 'repo';
      /** Ends with a slash: 'https://huggingface.co/' or a mirror's. */
      readonly base: string;
      /** 'owner/name' */
      readonly repo: string;
      /** A branch, a tag or a commit; null for the host's default branch. */
      readonly revision: string | null;
      /** The one weights file that was asked for; null to choose. */
      readonly file: string | null;
    }
  /** A folder of a plain file server; ends with a slash. */
  | { readonly kind: 'folder'; readonly url: string }
  /** One weights file by its address. */
  | { readonly kind: 'file'; readonly url: string };

/** What stands on the shelf came from there. */
export type ShelfSource =
  /** A repository, pinned to a commit; null where the host has no commits. */
  | {
      readonly kind: 'repo';
      readonly base: string;
      readonly repo: string;
      readonly revision: string | null;
      readonly commit: string | null;
    }
  | { readonly kind: 'folder' | 'file'; readonly url: string }
  | { readonly kind: 'dropped' };

/** A file that would be fetched. */
export interface OfferedFile {
  /** Its name among the model's files, without folders. */
  readonly name: string;
  /** The address that is asked each time; never the signed one that it redirects to. */
  readonly url: string;
  /** Bytes; null where the host does not say. */
  readonly size: number | null;
  /** SHA-256 as the host states it, 64 lowercase hex digits; null where it gives none. */
  readonly sha256: string | null;
}

/** What a look-up found: everything that a person wants to know before the weights are fetched. */
export interface Offer {
  /** Names the model on the shelf; the same source at the same commit has the same id. */
  readonly id: string;
  /** For people: 'owner/name', or the file's or folder's name. */
  readonly name: string;
  readonly source: Exclude<ShelfSource, { readonly kind: 'dropped' }>;
  /** Weights first, then the JSON files. */
  readonly files: readonly OfferedFile[];
  /** Sum of the sizes; null where the host does not say one of them. */
  readonly bytes: number | null;
  /** As the host names it ('apache-2.0'); null where it names none. */
  readonly licence: string | null;
  /** timm's architecture or 'bit'; null where no config.json says what it is, so that only the weights can tell. */
  readonly architecture: string | null;
  readonly classes: number | null;
  /** Side of the square that the model sees, pixels. */
  readonly inputSize: number | null;
  /** What of it is on the shelf already. */
  readonly onShelf: ShelfState | null;
}

/**
 * complete: may be opened. partial: `download` goes on from `stored` bytes. downloading: a tab is at it.
 * damaged: its bytes are no longer what was stored; downloading it again starts afresh.
 */
export type ShelfState = 'complete' | 'partial' | 'downloading' | 'damaged';

export interface ShelfFile {
  readonly name: string;
  /** Where it was fetched from; null for a dropped file. */
  readonly url: string | null;
  /** Bytes. */
  readonly size: number;
  /** Of the bytes that were stored, 64 lowercase hex digits; checked against the host's own where it gave one. */
  readonly sha256: string;
  /** True when the host stated the same SHA-256. */
  readonly sha256Stated: boolean;
  /** The host's ETag; null where there was none to read. */
  readonly etag: string | null;
}

/** A model on the shelf, complete or not. Times are milliseconds since 1970. */
export interface ShelfModel {
  readonly id: string;
  readonly name: string;
  readonly source: ShelfSource;
  readonly state: ShelfState;
  /** The files; of a partial model only those that are finished. */
  readonly files: readonly ShelfFile[];
  /** Bytes on this machine. */
  readonly stored: number;
  /** Bytes when complete; null where the host does not say. */
  readonly bytes: number | null;
  readonly licence: string | null;
  readonly added: number;
  /** When it was last opened; `added` until then. */
  readonly lastUsed: number;
  /** Row of the page's catalogue that it was chosen from. */
  readonly catalogueKey: string | null;
  /** What a person said about dropped files (labels, config); goes with `open`. */
  readonly choices: Choices | null;
  /** For a partial model: what `download` takes to go on. */
  readonly offer: Offer | null;
}

export interface ShelfList {
  /** Most recently used first. */
  readonly models: readonly ShelfModel[];
  /** True when the browser found the shelf's database corrupt and silently replaced it by an empty one. */
  readonly lost: boolean;
}

export interface StorageStatus {
  /** Bytes of all models, partial ones too. */
  readonly shelfBytes: number;
  /** What the browser says this origin uses and may use, bytes; a guess of its own. Null where it does not say. */
  readonly usage: number | null;
  readonly quota: number | null;
  /** Whether the browser promised not to evict on its own. */
  readonly persisted: boolean;
}

export interface DownloadProgress {
  /** check: reading what is stored already. wait: the next try comes in `waitSeconds`. */
  readonly step: 'check' | 'fetch' | 'wait' | 'store';
  /** Bytes of all files so far. */
  readonly done: number;
  /** Bytes in all; 0 when unknown. */
  readonly total: number;
  /** Bytes a second over the last seconds; 0 when unknown. */
  readonly rate: number;
  /** null when unknown. */
  readonly secondsLeft: number | null;
  readonly file: string;
  /** Why it waits, and for how long; null unless `step` is 'wait'. */
  readonly wait: { readonly error: PlainError; readonly seconds: number } | null;
}

/** How patient a download is; the defaults are in download/patience.ts. */
export interface Patience {
  /** Milliseconds without a byte until the connection counts as stalled. */
  readonly idleMs: number;
  /** Milliseconds before the second try; doubled each time. */
  readonly firstWaitMs: number;
  /** Tries in a row without a single new byte until it is given up. */
  readonly tries: number;
  /** Milliseconds that a download waits for the network to come back. */
  readonly offlineMs: number;
}

/** What is kept of a picture's answer: plain data; of the picture itself nothing. */
export interface KeptAnswer
  extends Pick<Classification, 'scores' | 'functionToApply' | 'width' | 'height' | 'seen' | 'device' | 'ms'> {
  /** The page's own name for the picture, the same for the same file: path, size and date. */
  readonly picture: string;
  /** It counts as none of the classes. */
  readonly none: boolean;
  /** [classes]; comes back as null where there are over MAX_KEPT_LOGITS of them (`limits.ts`). */
  readonly logits: Float32Array | null;
}

/** name -> input, output, progress. */
export interface ShelfCalls {
  /** Asks a host what a model would fetch; reads its small JSON files only. */
  lookUp: {
    input: { readonly address: ModelAddress };
    output: Offer;
    progress: never;
  };
  /** Fetches and stores. Abort pauses, in all tabs; calling again goes on from what is stored. */
  download: {
    input: {
      readonly offer: Offer;
      readonly catalogueKey?: string;
      readonly patience?: Partial<Patience>;
    };
    output: ShelfModel;
    progress: DownloadProgress;
  };
  /** Stores dropped files after checking that they are a BiT. */
  put: {
    input: { readonly files: readonly NamedBlob[]; readonly name: string; readonly choices?: Choices };
    output: ShelfModel;
    progress: DownloadProgress;
  };
  list: { input: null; output: ShelfList; progress: never };
  /** Ends a download if one runs, in any tab, and deletes the model with all its bytes. */
  remove: { input: { readonly id: string }; output: null; progress: never };
  status: { input: null; output: Omit<StorageStatus, 'persisted'>; progress: never };
  /** What would have to go to make room, oldest use first; nothing is deleted. */
  planEviction: {
    input: { readonly bytes: number; readonly keep: readonly string[] };
    output: EvictionPlan;
    progress: never;
  };
  /** Reads a stored model's bytes and compares their hashes. Throws 'stored-damaged' and marks the model so. */
  verify: { input: { readonly id: string }; output: null; progress: never };
  keepAnswers: {
    input: { readonly model: string; readonly set: string; readonly rows: readonly KeptAnswer[] };
    output: boolean;
    progress: never;
  };
  keptAnswers: {
    input: { readonly model: string; readonly pictures: readonly string[] };
    output: readonly KeptAnswer[];
    progress: never;
  };
  /** Of one set, or all. */
  forgetAnswers: { input: { readonly set?: string }; output: null; progress: never };
}

export interface EvictionPlan {
  /** Complete models that no tab has open, least recently used first, and partial ones before them. */
  readonly models: readonly ShelfModel[];
  /** Bytes that deleting them would free. */
  readonly frees: number;
  /** False when even all of them would not free what is asked. */
  readonly enough: boolean;
}

/** What `shelf/client.ts` gives the page. Every promise rejects with a BitError. */
export interface Shelf {
  /** Throws 'address', what a host's refusal is called, 'checkpoint-not-bit' and 'repo-weights'. */
  lookUp(address: ModelAddress, options?: ShelfOptions<'lookUp'>): Promise<Offer>;
  /**
   * Fetches the offered files. The signal pauses. Over quota, `onFull` is asked once with what would be evicted; when it
   * answers true that is deleted and the write is tried again. Throws 'quota' otherwise, with all other data intact.
   */
  download(
    offer: Offer,
    options?: ShelfOptions<'download'> & OnFull & { catalogueKey?: string; patience?: Partial<Patience> },
  ): Promise<ShelfModel>;
  /** Puts dropped files on the shelf; what stands there already with the same hashes is given back. */
  put(
    files: readonly NamedBlob[],
    options: ShelfOptions<'put'> & OnFull & { name: string; choices?: Choices },
  ): Promise<ShelfModel>;
  list(): Promise<ShelfList>;
  remove(id: string): Promise<void>;
  /** Deletes all models, and all kept answers with them. */
  removeAll(): Promise<void>;
  status(): Promise<StorageStatus>;
  planEviction(bytes: number, keep?: readonly string[]): Promise<EvictionPlan>;
  /** Asks the browser not to evict on its own; `download` and `put` ask too, once. */
  persist(): Promise<boolean>;
  /**
   * Keeps answers of the model, `modelKey`'s, to pictures of a set; those of the same set, model and picture are
   * replaced. True when they are on disk; false where the browser has no room for them, and then none of them is.
   */
  keepAnswers(answers: ShelfCalls['keepAnswers']['input']): Promise<boolean>;
  /** The model's kept answers to these pictures, by picture; the newest where a picture was in several sets. */
  keptAnswers(wanted: ShelfCalls['keptAnswers']['input']): Promise<ReadonlyMap<string, KeptAnswer>>;
  /** Deletes a set's answers, or all. */
  forgetAnswers(which?: ShelfCalls['forgetAnswers']['input']): Promise<void>;
  /** Calls back when the shelf has changed, here or in another tab. Returns the function that ends it. */
  subscribe(listener: () => void): () => void;
  dispose(): void;
}
export interface OnFull {
  readonly onFull?: (plan: EvictionPlan) => Promise<boolean>;
}
export interface ShelfOptions<N extends keyof ShelfCalls> {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ShelfCalls[N]['progress']) => void;
}
