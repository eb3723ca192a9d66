/** Finished rows of a large set outlive the tab: given again to the same model, its pictures are not looked at twice. */
import type { Classification } from '../../engine/protocol.ts';
import type { KeptAnswer } from '../../engine/shelf/protocol.ts';
import { answering, type Picture } from '../classify/picture.ts';
import type { Kit } from '../store.ts';
import { KEEP_FROM, KEPT_SET, readKeptSet, setName } from './keptSet.ts';
import { rescored } from './rescore.ts';

const EVERY_MS = 1000;
/** Rows that are read at once: the page is not held up for longer than some frames. */
const AT_ONCE = 250;

/** A picture as it can be known again without reading it. */
export function identityOf({ path, blob }: Pick<Picture, 'path' | 'blob'>): string {
  const modified = blob instanceof File ? blob.lastModified : 0;
  return `${path}\n${blob?.size ?? 0}\n${modified}`;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Keeping {
  private readonly kit: Kit;
  /** Answers that are kept already, or were taken from there. */
  private done = new WeakSet<Classification>();
  private writing: Promise<void> | null = null;

  constructor(kit: Kit) {
    this.kit = kit;
    kit.subscribe(() => this.look());
  }

  /** Answers that an earlier visit kept, given to those of the pictures that have them. */
  async takeUp(pictures: readonly Picture[]): Promise<number> {
    const { get, engine, openShelf } = this.kit;
    const { inUse, turn } = get();
    if (inUse === null) return 0; // once a model is open its change asks again
    const { key } = await engine.modelKey();
    const shelf = await openShelf();
    let taken = 0;
    for (let from = 0; from < pictures.length; from += AT_ONCE) {
      const part = new Map(
        pictures.slice(from, from + AT_ONCE).map((picture) => [identityOf(picture), picture.id]),
      );
      const kept = await shelf.keptAnswers({ model: key, pictures: [...part.keys()] });
      if (get().turn !== turn) return taken;
      get().setAnswers(this.answersOf(kept, part));
      taken += kept.size;
    }
    return taken;
  }

  private answersOf(
    kept: ReadonlyMap<string, KeptAnswer>,
    ids: ReadonlyMap<string, number>,
  ): Map<number, { answer: Classification; none: boolean }> {
    const { get } = this.kit;
    const temperature = get().correction?.temperature ?? 1;
    const labels = answering(get())?.labels ?? [];
    const answers = new Map<number, { answer: Classification; none: boolean }>();
    for (const [picture, row] of kept) {
      const id = ids.get(picture);
      if (id === undefined) continue;
      const answer = answerOf(row, labels, temperature);
      this.done.add(answer);
      answers.set(id, { answer, none: row.none });
    }
    return answers;
  }

  /** Forgets what was kept of the set. */
  async forget(set: string): Promise<void> {
    const { memory, openShelf } = this.kit;
    if (readKeptSet(memory.read(KEPT_SET))?.set === oneLine(set)) memory.write(KEPT_SET, '');
    this.done = new WeakSet(); // a set that comes back is kept anew
    await (await openShelf()).forgetAnswers({ set });
  }

  private look(): void {
    if (this.writing !== null || this.kit.get().own.length < KEEP_FROM) return;
    if (!this.kit.get().own.some((picture) => this.isNew(picture))) return;
    this.writing = this.write().then(
      () => {
        this.writing = null;
        this.look(); // more may have come meanwhile
      },
      (cause: unknown) => {
        this.writing = null;
        console.error('finished rows could not be kept', cause);
      },
    );
  }

  private isNew({ state, answer }: Picture): boolean {
    return state === 'answered' && answer !== null && !this.done.has(answer);
  }

  /** All new answers of the model in use, a while after the first of them. */
  private async write(): Promise<void> {
    const { get, engine, memory, openShelf } = this.kit;
    const { turn } = get();
    const [{ key }, shelf] = await Promise.all([engine.modelKey(), openShelf(), wait(EVERY_MS)]);
    const { own, folder } = get();
    // the key may be of a model that the page had not heard of yet
    if (get().turn !== turn) return;
    const fresh = own.filter((picture) => this.isNew(picture));
    if (fresh.length === 0) return;
    const rows = fresh.flatMap((picture) => rowOf(picture));
    for (const { answer } of fresh) if (answer !== null) this.done.add(answer);
    const set = setName(folder);
    if (!(await shelf.keepAnswers({ model: key, set, rows }))) return; // no room: the set is just answered again
    if (get().own.length === 0) return this.forget(set); // all were removed while they were written
    // what cannot be read is done with, too
    const done = own.filter(({ answer, state }) => answer !== null || state === 'failed').length;
    memory.write(KEPT_SET, `${done}\t${own.length}\t${oneLine(set)}\t${oneLine(get().taught?.name ?? '')}`);
  }
}

const oneLine = (text: string): string => text.replace(/\s/g, ' ');

function rowOf(picture: Picture): KeptAnswer[] {
  const { answer, none } = picture;
  if (answer === null) return [];
  const { scores, functionToApply, width, height, seen, device, ms, logits } = answer;
  const identity = identityOf(picture);
  return [{ picture: identity, scores, functionToApply, width, height, seen, device, none, ms, logits }];
}

/** What was kept says nothing of the temperature: scores are made from the logits where there are any. */
function answerOf(
  { picture: _, none: __, ...row }: KeptAnswer,
  labels: readonly string[],
  temperature: number,
): Classification {
  return { ...rescored(row, labels, temperature), features: new Float32Array(), maps: null };
}
