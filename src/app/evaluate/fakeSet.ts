/** Pictures with their answers for unit tests, and what they are worth. */
import type { Score } from '../../bit/index.ts';
import { newPicture, type Picture } from '../classify/picture.ts';
import { classification } from '../fakeEngine.ts';
import { type Judged, judge } from './judge.ts';

export const LABELS = ['crane', 'jay', 'kite', 'lighthouse, beacon', 'owl', 'yawl', 'pier', 'snail'];
export const NAMING = { meant: {}, lists: [] };

/** Scores by label, the best first. */
export type Said = Readonly<Record<string, number>>;

export const scoresOfSaid = (said: Said): Score[] =>
  Object.entries(said).map(([label, score]) => ({ index: LABELS.indexOf(label), label, score }));

/** A picture of the set that was answered so. */
export function answered(
  path: string,
  truth: string | null,
  said: Said,
  { ms = 6, ...more }: Partial<Picture> & { readonly ms?: number } = {},
): Picture {
  const answer = {
    ...classification,
    scores: scoresOfSaid(said),
    ms: { ...classification.ms, total: ms },
  };
  return { ...waiting(path, truth), state: 'answered', answer, ...more };
}

export const waiting = (path: string, truth: string | null = null): Picture => ({
  ...newPicture(path.split('/').at(-1) ?? '', path),
  truth,
});

export const failed = (path: string, truth: string | null = null): Picture => ({
  ...waiting(path, truth),
  state: 'failed',
  error: { code: 'image-unreadable', message: `${path}: no format`, file: path },
});

export const judged = (pictures: readonly Picture[], line = 50): Judged[] =>
  judge(pictures, LABELS, line, NAMING);
