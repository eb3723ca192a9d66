/**
 * Answers to pictures, so that a long list goes on after the tab was closed. They can be made again: the oldest go past a
 * bound, and where there is no room they are not kept. No picture, features or maps are among them.
 */
import { BitError } from '../../bit/errors.ts';
import { MAX_KEPT_LOGITS } from '../shelf/limits.ts';
import type { KeptAnswer, ShelfCalls } from '../shelf/protocol.ts';
import { type AnswerSet, type WriteTransaction, withDatabase, write } from './db.ts';

/** Rows of all sets together. */
export const MAX_ANSWERS = 50_000;

/**
 * Keeps rows in one transaction, over those of the same set, model and picture, and lets the oldest sets go past
 * MAX_ANSWERS. False where the browser has no room; nothing is changed then. Throws 'storage'.
 */
export async function keepAnswers({
  model,
  set,
  rows,
}: ShelfCalls['keepAnswers']['input']): Promise<boolean> {
  if (rows.length === 0) return true;
  const unique = [...new Map(rows.map((row) => [row.picture, row])).values()];
  const at = Date.now();
  try {
    await write(['answers', 'answerSets'], async (tx) => {
      const answers = tx.objectStore('answers');
      const there = await Promise.all(unique.map(({ picture }) => answers.count([model, picture, set])));
      await Promise.all(
        unique.map((row) => answers.put({ model, picture: row.picture, set, at, row: keepable(row) })),
      );
      const fresh = there.filter((count) => count === 0).length;
      const before = await tx.objectStore('answerSets').get([set, model]);
      await tx.objectStore('answerSets').put({ set, model, rows: (before?.rows ?? 0) + fresh, at });
      await dropOldest(tx, set, model);
    });
    return true;
  } catch (cause) {
    if (cause instanceof BitError && cause.code === 'quota') return false;
    throw cause;
  }
}

/** The row without whatever else the caller's object has; logits copied, as a view takes all of its memory along. */
function keepable(row: KeptAnswer): KeptAnswer {
  const { picture, scores, functionToApply, width, height, seen, device, none, ms } = row;
  const logits = row.logits && row.logits.length <= MAX_KEPT_LOGITS ? row.logits.slice() : null;
  return { picture, scores, functionToApply, width, height, seen, device, none, ms, logits };
}

/** Brings the rows down to MAX_ANSWERS: whole sets, oldest first, and of the one that is being kept its oldest rows last. */
async function dropOldest(tx: WriteTransaction, set: string, model: string): Promise<void> {
  const sets = await tx.objectStore('answerSets').getAll();
  let over = sets.reduce((sum, { rows }) => sum + rows, 0) - MAX_ANSWERS;
  if (over <= 0) return;
  const rank = (one: AnswerSet): number => (one.set === set && one.model === model ? 1 : 0);
  for (const one of sets.sort((a, b) => rank(a) - rank(b) || a.at - b.at)) {
    if (over <= 0) return;
    over -= await dropRows(tx, one, rank(one) === 1 ? over : undefined);
  }
}

/** Deletes that many rows of a set, oldest first, or all; its count goes with the last. Returns how many went. */
async function dropRows(tx: WriteTransaction, one: AnswerSet, count?: number): Promise<number> {
  const { set, model, rows } = one;
  const answers = tx.objectStore('answers');
  const range = IDBKeyRange.bound([set, model], [set, model, []]);
  const keys = await answers.index('bySet').getAllKeys(range, count);
  await Promise.all(keys.map((key) => answers.delete(key)));
  const counts = tx.objectStore('answerSets');
  if (keys.length < rows) await counts.put({ ...one, rows: rows - keys.length });
  else await counts.delete([set, model]);
  return keys.length;
}

/**
 * The model's answers to those of the pictures that have one, in one transaction; the newest where a picture was in
 * several sets. Each is looked up by itself: 10,000 take 0.6 s (0.25 s in one range, which among many others is slower).
 * Throws 'storage'.
 */
export async function keptAnswers({
  model,
  pictures,
}: ShelfCalls['keptAnswers']['input']): Promise<KeptAnswer[]> {
  return withDatabase(async (db) => {
    const { store } = db.transaction('answers');
    const each = [...new Set(pictures)].map(async (picture) => {
      const rows = await store.getAll(IDBKeyRange.bound([model, picture], [model, picture, []]));
      return rows.sort((a, b) => b.at - a.at)[0]?.row ?? [];
    });
    return (await Promise.all(each)).flat();
  });
}

/** Deletes the answers of a set, by whichever model, or all of them. Throws 'storage'. */
export async function forgetAnswers(set?: string): Promise<void> {
  await write(['answers', 'answerSets'], async (tx) => {
    const counts = tx.objectStore('answerSets');
    if (set === undefined) {
      await tx.objectStore('answers').clear();
      await counts.clear();
      return;
    }
    for (const one of await counts.getAll(IDBKeyRange.bound([set], [set, []]))) await dropRows(tx, one);
  });
}
