/** A picture of the tray, and what the page reads off the list of them. */
import type { Classification, PlainError } from '../../engine/protocol.ts';
import { type Models, modelInUse } from '../models/models.ts';
import { defaultLine, type Tested } from './calibration.ts';
import type { Look } from './look.ts';
import type { TaughtUse } from './taught.ts';

export type PictureState = 'waiting' | 'looking' | 'answered' | 'failed' | 'stopped';

/** A row of the tray. Own pictures hold a file handle, never pixels; samples hold an address. */
export interface Picture {
  readonly id: number;
  readonly name: string;
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
export function newPicture(name: string): Picture {
  return {
    id: ++lastId,
    name,
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
export const selectedPicture = (app: Look): Picture | undefined =>
  shown(app).find((picture) => picture.id === app.selected) ?? shown(app)[0];

/** The model as the answer panel needs it: the open one, or what is stored of the embedded one. */
export interface Answering extends Tested {
  readonly classes: number;
  /** Under which its line is kept. */
  readonly key: string;
}

export function answering(app: Models & Look & TaughtUse): Answering | null {
  const info = modelInUse(app)?.info;
  if (app.taught !== null) {
    const { id, labels, evaluation } = app.taught;
    return {
      classes: labels.length,
      evaluation,
      processorAssumed: false,
      key: `taught ${id}`.replace(/\s/g, ' '),
    };
  }
  if (info) {
    const classes = info.labels.length;
    const name = info.source === 'embedded' ? 'built-in' : `${info.name}, ${info.fileBytes}`;
    const { evaluation, processorAssumed } = info;
    const key = `${name}, ${classes}`.replace(/\s/g, ' '); // a key is one field of a line of text
    return { classes, evaluation, processorAssumed, key };
  }
  if (app.stored === null) return null;
  const { classes, evaluation } = app.stored;
  return { classes, evaluation, processorAssumed: false, key: `built-in, ${classes}` };
}

/** The line in force for a model, per cent. */
export const lineOf = (app: Look, model: Answering): number => app.lines[model.key] ?? defaultLine(model);
