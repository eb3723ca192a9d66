/** A picture of the tray, and what the page reads off the list of them. */
import type { Classification, PlainError } from '../../engine/protocol.ts';
import type { Evaluate } from '../evaluate/evaluate.ts';
import { type Models, modelInUse } from '../models/models.ts';
import { defaultLine, type Tested } from './calibration.ts';
import type { Live } from './live.ts';
import type { Look } from './look.ts';
import type { TaughtUse } from './taught.ts';

export type PictureState = 'waiting' | 'looking' | 'answered' | 'failed' | 'stopped';

/** A row of the tray. Own pictures hold a file handle, never pixels; samples hold an address. */
export interface Picture {
  readonly id: number;
  readonly name: string;
  /** Where it lay in the folder it came in: 'fair/beacon/b_0007.jpg'; the name alone otherwise. */
  readonly path: string;
  /** What its folder, a table or a person says that it shows; null where nobody says. */
  readonly truth: string | null;
  /** What its folder said; null where that says nothing, or is not to count. */
  readonly given: string | null;
  /** Number of the sample from 1; null for an own picture. */
  readonly sample: number | null;
  readonly blob: Blob | null;
  readonly url: string | null;
  readonly state: PictureState;
  readonly answer: Classification | null;
  /** The answer stored in the build, shown until the model here has answered. */
  readonly stored: Classification | null;
  /** True when the picture is unlike all that was taught to the head that answered. */
  readonly none: boolean;
  readonly error: PlainError | null;
  readonly thumbnail: string | null;
}

let lastId = 0;

/** A picture that waits for its answer. */
export function newPicture(name: string, path = name): Picture {
  return {
    id: ++lastId,
    name,
    path,
    truth: null,
    given: null,
    sample: null,
    blob: null,
    url: null,
    state: 'waiting',
    answer: null,
    stored: null,
    none: false,
    error: null,
    thumbnail: null,
  };
}

/** The list that the tray shows: own pictures, or the samples while there are none. */
export const shown = (app: Look): readonly Picture[] => (app.own.length > 0 ? app.own : app.samples);
/** Those whose file or best answer holds the text, in any case. */
export function holding(pictures: readonly Picture[], find: string): readonly Picture[] {
  const wanted = find.trim().toLowerCase();
  if (wanted === '') return pictures;
  const holds = (text: string | undefined): boolean => text?.toLowerCase().includes(wanted) === true;
  return pictures.filter(({ path, answer }) => holds(path) || holds(answer?.scores[0]?.label));
}

/** What the camera sees while it is on, else the chosen picture. */
export const selectedPicture = (app: Look & Live): Picture | undefined =>
  app.live ?? shown(app).find((picture) => picture.id === app.selected) ?? shown(app)[0];

/** The model as the answer panel needs it: the open one, or what is stored of the embedded one. */
export interface Answering extends Tested {
  readonly classes: number;
  /** Empty before a model is open. */
  readonly labels: readonly string[];
  /** Under which its line is kept. */
  readonly key: string;
}

export function answering(app: Models & Look & TaughtUse & Evaluate): Answering | null {
  const model = answeringModel(app);
  // what was measured here, with the correction, stands in for what came with the model
  return model === null || app.correction === null
    ? model
    : { ...model, evaluation: app.correction.tested, processorAssumed: false };
}

function answeringModel(app: Models & Look & TaughtUse): Answering | null {
  const info = modelInUse(app)?.info;
  if (app.taught !== null) {
    const { id, labels, evaluation } = app.taught;
    return {
      classes: labels.length,
      labels,
      evaluation,
      processorAssumed: false,
      key: `taught ${id}`.replace(/\s/g, ' '),
    };
  }
  if (info) {
    const { labels, evaluation, processorAssumed } = info;
    const classes = labels.length;
    const name = info.source === 'embedded' ? 'built-in' : `${info.name}, ${info.fileBytes}`;
    const key = `${name}, ${classes}`.replace(/\s/g, ' '); // a key is one field of a line of text
    return { classes, labels, evaluation, processorAssumed, key };
  }
  if (app.stored === null) return null;
  const { classes, evaluation } = app.stored;
  return { classes, labels: NO_LABELS, evaluation, processorAssumed: false, key: `built-in, ${classes}` };
}

/** One array, so that nothing is drawn again for it. */
const NO_LABELS: readonly string[] = [];

/** The line in force for a model, per cent. */
export const lineOf = (app: Look, model: Answering): number => app.lines[model.key] ?? defaultLine(model);
