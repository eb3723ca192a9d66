/**
 * The table of calls between the page and the teacher, a worker of its own: it keeps what a person teaches and learns
 * from it, and never runs the network, so that pictures go on being answered meanwhile. Types only.
 */
import type { Confidence, Head, NamedBlob } from '../../bit/index.ts';

/** What features depend on: another backbone or another preprocessing gives others. */
export interface FeatureKey {
  /** SHA-256 of the backbone's weights, hexadecimal. */
  readonly sha256: string;
  /** For people: a Hub repository, a file's name, 'built-in'. */
  readonly name: string;
  /** The preprocessing in canonical JSON. */
  readonly preprocessing: string;
  /** Pooled features a picture. */
  readonly width: number;
}

export interface ProjectOptions {
  /** Learn from flips and crops of each picture too. */
  readonly views: boolean;
  /** Keep the full pictures beside thumbnails and features. */
  readonly originals: boolean;
  /** Weigh classes alike, however many pictures each has. */
  readonly balance: boolean;
}

export interface ProjectSummary {
  readonly id: string;
  readonly name: string;
  readonly classes: number;
  readonly examples: number;
  /** Milliseconds since 1970. */
  readonly changed: number;
}

export interface ClassRow {
  readonly id: string;
  readonly name: string;
}

export interface ExampleRow {
  readonly id: string;
  readonly classId: string;
  readonly name: string;
  readonly added: number;
  /** Pictures of one camera burst are never on both sides of a test. */
  readonly burst: string | null;
  readonly thumbnail: Blob;
  readonly hasOriginal: boolean;
  /** The key its features were made under; the page recomputes those of another. */
  readonly key: FeatureKey;
  /** Its features were made from the thumbnail, for want of the full picture: less exact. */
  readonly fromSmall: boolean;
  /** Rows of its features: the plain view, and others where they were asked for. */
  readonly views: number;
}

/** A project without its pictures. */
export interface ProjectState extends Omit<ProjectSummary, 'classes' | 'examples'> {
  /** Rises by one with each committed change. */
  readonly revision: number;
  readonly options: ProjectOptions;
  /** In the person's order. */
  readonly classes: readonly ClassRow[];
  /** What undo would take back; null when there is nothing. */
  readonly undoable: Change['kind'] | null;
}

export interface Project extends ProjectState {
  /** In the order of adding. */
  readonly examples: readonly ExampleRow[];
}

/** What a committed change did. Where `revision` is not the known one plus one, another tab was faster: read again. */
export interface Changed {
  readonly state: ProjectState;
  readonly put: readonly ExampleRow[];
  readonly gone: readonly string[];
}

/** A picture's features as the engine made them; `features` is [views, width], the plain view first. */
export interface NewExample {
  readonly classId: string;
  readonly name: string;
  readonly burst: string | null;
  readonly thumbnail: Blob;
  readonly original: Blob | null;
  readonly features: Float32Array;
  readonly key: FeatureKey;
}

/** One thing a person does; committed as a whole, and undone as a whole. New features are no such thing: nothing undoes them. */
export type Change =
  | { readonly kind: 'rename-project'; readonly name: string }
  | { readonly kind: 'set-options'; readonly options: Partial<ProjectOptions> }
  | { readonly kind: 'add-class'; readonly id: string; readonly name: string }
  | { readonly kind: 'rename-class'; readonly id: string; readonly name: string }
  | { readonly kind: 'merge-classes'; readonly from: string; readonly into: string }
  | { readonly kind: 'delete-class'; readonly id: string }
  | { readonly kind: 'order-classes'; readonly ids: readonly string[] }
  | {
      readonly kind: 'add-examples';
      readonly examples: readonly NewExample[];
      /** Pictures that a person added at once have one, and are undone at once. */
      readonly batch?: string;
    }
  | { readonly kind: 'move-examples'; readonly ids: readonly string[]; readonly classId: string }
  | { readonly kind: 'remove-examples'; readonly ids: readonly string[] }
  | { readonly kind: 'set-features'; readonly rows: readonly NewFeatures[] };

/** What another model made of a picture that is there already; `features` is [views, width]. */
export interface NewFeatures {
  readonly id: string;
  readonly features: Float32Array;
  readonly key: FeatureKey;
  /** They were made from the small copy, as no full picture was kept. */
  readonly fromSmall: boolean;
}

/** A head and what is known of it. Counts, not rates: the page adds intervals. */
export interface Learnt {
  readonly revision: number;
  readonly key: FeatureKey;
  readonly head: Head;
  /** C of the penalty, and whether it was chosen by cross-validation (else kept from before). */
  readonly strength: number;
  readonly ms: number;
  readonly iterations: number;
  /** Examples learnt from; those with features of another key are left out. */
  readonly examples: number;
}

export interface ClassScore {
  readonly id: string;
  readonly tested: number;
  readonly found: number;
  readonly named: number;
}

/** Held-out scores of a project, by grouped cross-validation. */
export interface Scores {
  readonly revision: number;
  readonly folds: number;
  readonly tested: number;
  readonly right: number;
  readonly classes: readonly ClassScore[];
  /** [classes, classes] of example ids: rows are the person's classes, columns the answers. */
  readonly cells: readonly (readonly (readonly string[])[])[];
  /** Most surprising first. */
  readonly outOfPlace: readonly string[];
  readonly curve: readonly { readonly perClass: number; readonly tested: number; readonly right: number }[];
  /** "None of these", checked with each class left out in turn; null with under 20 testable pictures. */
  readonly novelty: {
    readonly taughtCalledNone: number;
    readonly taught: number;
    readonly strangersCalledNone: number;
    readonly strangers: number;
  } | null;
  readonly confidence: Confidence;
  /** What learning from several views changed: right answers with and without; null when off, or while some have one view only. */
  readonly views: { readonly rightWith: number; readonly rightWithout: number } | null;
  readonly ms: number;
}

export interface TeachCalls {
  list: { input: Record<string, never>; output: readonly ProjectSummary[]; progress: never };
  create: {
    input: { readonly name: string; readonly classes: readonly string[] };
    output: Project;
    progress: never;
  };
  read: { input: { readonly id: string }; output: Project; progress: never };
  /** Resolves when the change is on disk. */
  change: { input: { readonly id: string; readonly change: Change }; output: Changed; progress: never };
  undo: { input: { readonly id: string }; output: Changed; progress: never };
  /** Takes up features that this model made before; null when no more of them are there. Call again until then. */
  recall: {
    input: { readonly id: string; readonly key: FeatureKey };
    output: Changed | null;
    progress: never;
  };
  /** Whether the class has a picture with these features of its plain view: the very same picture. */
  present: {
    input: {
      readonly id: string;
      readonly classId: string;
      readonly key: FeatureKey;
      readonly features: Float32Array;
    };
    output: boolean;
    progress: never;
  };
  remove: { input: { readonly id: string }; output: null; progress: never };
  original: {
    input: { readonly id: string; readonly example: string };
    output: Blob | null;
    progress: never;
  };
  learn: { input: { readonly id: string; readonly key: FeatureKey }; output: Learnt; progress: never };
  score: {
    input: { readonly id: string; readonly key: FeatureKey };
    output: Scores;
    progress: { readonly done: number; readonly total: number };
  };
  /** Distance of pooled features to what was taught, and whether it counts as none of these; null without a threshold. */
  unlike: {
    input: { readonly id: string; readonly key: FeatureKey; readonly features: Float32Array };
    output: { readonly distance: number; readonly threshold: number; readonly none: boolean } | null;
    progress: never;
  };
  backup: {
    input: { readonly id: string };
    output: Blob;
    progress: { readonly done: number; readonly total: number };
  };
  /** All or nothing; the restored project is a new one. */
  restore: {
    input: { readonly file: NamedBlob };
    output: Project;
    progress: { readonly done: number; readonly total: number };
  };
}
export type TeachCallName = keyof TeachCalls;

/** Where teachers tell all tabs what happened. */
export const TEACH_CHANNEL = 'bit-lens-teach';

export type TeachEvent =
  /** A project has a new revision; -1: it was removed. */
  | { readonly kind: 'changed'; readonly id: string; readonly revision: number }
  /** The browser had lost these projects; the second copy brought them back. */
  | { readonly kind: 'restored'; readonly projects: readonly string[] }
  /** The browser gives no private files, so there is no second copy. */
  | { readonly kind: 'no-second-copy'; readonly detail: string };
