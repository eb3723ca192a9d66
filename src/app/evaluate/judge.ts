/** What an answer is worth: right or wrong by what is known of the picture, sure or not by the line. */
import { classMatcher, type LabelList, type Outcome, type Score } from '../../bit/index.ts';
import type { Classification } from '../../engine/protocol.ts';
import { isSure } from '../classify/calibration.ts';
import type { Picture } from '../classify/picture.ts';
import type { Evaluate } from './evaluate.ts';

export interface Judged {
  readonly picture: Picture;
  readonly answer: Classification | null;
  readonly best: Score | null;
  readonly next: Score | null;
  /** False below the line, and where the picture is unlike all that was taught. */
  readonly sure: boolean;
  /** The class that it shows; null where nobody knows, or no class is called so. */
  readonly truth: number | null;
  /** Whether the best answer is that class; null without an answer or a truth. */
  readonly right: boolean | null;
}

type Matcher = ReturnType<typeof classMatcher>;
const matchers = new WeakMap<
  readonly string[],
  { readonly lists: readonly LabelList[]; readonly matcher: Matcher }
>();

/** The matcher of a model's labels, built once for them. */
export function matcherOf(labels: readonly string[], lists: readonly LabelList[]): Matcher {
  const known = matchers.get(labels);
  if (known?.lists === lists) return known.matcher;
  const matcher = classMatcher(labels, lists);
  matchers.set(labels, { lists, matcher });
  return matcher;
}

type Naming = Pick<Evaluate, 'meant' | 'lists'>;

/** The class that a name means: as a person said, else as the labels say; null for none of them. */
export function classOf(name: string, labels: readonly string[], { meant, lists }: Naming): number | null {
  const said = Object.hasOwn(meant, name) ? meant[name] : undefined;
  if (said === null) return null;
  if (said !== undefined) {
    const at = labels.indexOf(said);
    if (at >= 0) return at;
  }
  return matcherOf(labels, lists).exact(name);
}

export function judge(
  pictures: readonly Picture[],
  labels: readonly string[],
  line: number,
  naming: Naming,
): Judged[] {
  const classes = new Map<string, number | null>();
  const truthOf = (name: string): number | null => {
    const known = classes.get(name);
    if (known !== undefined) return known;
    const found = labels.length === 0 ? null : classOf(name, labels, naming);
    classes.set(name, found);
    return found;
  };
  return pictures.map((picture) => {
    const answer = picture.state === 'answered' ? (picture.answer ?? picture.stored) : null;
    const best = answer?.scores[0] ?? null;
    const truth = picture.truth === null ? null : truthOf(picture.truth);
    return {
      picture,
      answer,
      best,
      next: answer?.scores[1] ?? null,
      sure:
        best !== null && !picture.none && (answer?.functionToApply === 'none' || isSure(best.score, line)),
      truth,
      right: best === null || truth === null ? null : best.index === truth,
    };
  });
}

/** Of the judged, what scores are made of: those with an answer and a truth. */
export function outcomesIn(judged: readonly Judged[]): Outcome[] {
  return judged.flatMap(({ answer, best, truth }) => {
    if (answer === null || best === null || truth === null) return [];
    const rank = answer.scores.findIndex(({ index }) => index === truth);
    return [
      { truth, answer: best.index, score: best.score, rank: rank < 0 ? Number.POSITIVE_INFINITY : rank },
    ];
  });
}

/** Names that no class is called by, with their pictures, the most common first. */
export function unmatched(judged: readonly Judged[]): { readonly name: string; readonly pictures: number }[] {
  const found = new Map<string, number>();
  for (const { picture, truth } of judged)
    if (picture.truth !== null && truth === null)
      found.set(picture.truth, (found.get(picture.truth) ?? 0) + 1);
  return [...found].map(([name, pictures]) => ({ name, pictures })).sort((a, b) => b.pictures - a.pictures);
}
