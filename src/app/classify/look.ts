/** Look's slice: the pictures, which one is shown, and the work of answering them. */

import type { Classification, ClassMaps } from '../../engine/protocol.ts';
import { MAX_KEPT_LOGITS } from '../../engine/shelf/limits.ts';
import { KEEP_FROM } from '../evaluate/keptSet.ts';
import { modelInUse } from '../models/models.ts';
import { pathOf } from '../shell/path.ts';
import { plainError } from '../shell/plainError.ts';
import type { Kit } from '../store.ts';
import { type Batch, paused, resumed, withDone, withMore } from './batch.ts';
import { linesText, readLines } from './lines.ts';
import { wantsMaps } from './maps.ts';
import { answering, holding, newPicture, type Picture, selectedPicture, shown } from './picture.ts';
import { createWorkQueue } from './queue.ts';
import { fetchSample, SAMPLES, type StoredAnswers } from './samples.ts';
import { makeThumbnail } from './thumbnail.ts';
import { folderCount, nameCount, truthsOf } from './truth.ts';

/** A set is looked at picture by picture, as a list, or against what its folders say. */
export const VIEWS = ['picture', 'table', 'score'] as const;
export type View = (typeof VIEWS)[number];

interface Removed {
  readonly pictures: readonly Picture[];
  /** The list as it was. */
  readonly before: readonly Picture[];
  readonly selected: number | null;
}

export interface Look {
  readonly samples: readonly Picture[];
  readonly own: readonly Picture[];
  /** Name of the folder the own pictures came from, '' otherwise. */
  readonly folder: string;
  readonly selected: number | null;
  readonly view: View;
  /** How often another model, head or device began to answer: what was begun before such a change is not of now. */
  readonly turn: number;
  readonly batch: Batch | null;
  readonly removed: Removed | null;
  /** What the stored answers know of the embedded model before it is open. */
  readonly stored: StoredAnswers | null;
  /** The "not sure" line in per cent, by model key, where a person moved it. */
  readonly lines: Readonly<Record<string, number>>;
  readonly setStored: (stored: StoredAnswers | null) => void;
  readonly addPictures: (files: readonly File[], folder: string) => void;
  /** Adds a picture of the camera, which stays on. */
  readonly addFrame: (file: File) => void;
  /** Starts no picture until the returned function is called. */
  readonly holdPictures: () => () => void;
  readonly setView: (view: View) => void;
  /** Forgets what folders say of the pictures, and shows them one by one. */
  readonly justLook: () => void;
  /** What a picture shows, as a person or a table says, by its id; null for "nobody knows". */
  readonly setTruths: (truths: ReadonlyMap<number, string | null>) => void;
  readonly select: (id: number) => void;
  readonly step: (by: 1 | -1) => void;
  readonly removePictures: (ids: readonly number[]) => void;
  readonly undoRemove: () => void;
  readonly pauseWork: () => void;
  readonly resumeWork: () => void;
  readonly stopWork: () => void;
  readonly goOn: () => void;
  /** `line` null goes back to the model's default. */
  readonly setLine: (key: string, line: number | null) => void;
  /** Puts maps into the answer that they belong to, while it stands. */
  readonly keepMaps: (id: number, answer: Classification, maps: ClassMaps) => void;
  readonly modelChanged: () => void;
  /** Answers of a picture from elsewhere than the engine: kept from an earlier visit, or scored anew from its logits. */
  readonly setAnswers: (answers: ReadonlyMap<number, { answer: Classification; none?: boolean }>) => void;
  readonly pauseForWorker: () => void;
  readonly resumeAfterWorker: () => void;
}

const TOP = 5;
const UNDO_MS = 10_000;
const NO_FEATURES = new Float32Array();
/** Answers do not wait longer than this for what was kept: the weights of the largest model take seconds to be known by. */
const longEnough = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2_000));

export function createLook({ set, get, engine, memory, base }: Kit): Look {
  let forgetRemoved: ReturnType<typeof setTimeout> | undefined;
  let releaseWorker: (() => void) | undefined;
  const queue = createWorkQueue(answer);
  let releaseFirst: (() => void) | undefined = queue.hold(); // until a model is open
  let releasePause: (() => void) | undefined;

  const samples = SAMPLES.map(
    (sample, index): Picture => ({
      ...newPicture(sample.file),
      sample: index + 1,
      url: `${base}samples/${sample.file}`,
      thumbnail: `${base}samples/${sample.file}`,
    }),
  );

  /** The samples come back when no own picture is left; those not answered by this model yet are answered now. */
  function enqueueSamples(): void {
    const ids = get().samples.filter(({ id, state }) => state === 'waiting' && !queue.has(id));
    if (ids.length > 0) enqueue(ids.map(({ id }) => id));
  }

  /** A set of the person's begins. The samples make way: they are no part of it, and can wait. */
  function beginSet(): void {
    const unsettled = get().samples.filter(({ state }) => state === 'waiting' || state === 'looking');
    queue.removeAll(new Set(unsettled.map(({ id }) => id)));
    for (const { id } of unsettled) patch(id, { state: 'waiting' });
    count(null);
    get().forgetChosen();
  }

  /** Takes a new count of the work; the queue is held just while that is paused. */
  function count(batch: Batch | null): void {
    set({ batch });
    if (batch !== null && batch.pausedAt !== null) return;
    releasePause?.();
    releasePause = undefined;
  }

  const find = (id: number) => [...get().own, ...get().samples].find((picture) => picture.id === id);

  function change(test: (picture: Picture) => boolean, to: (picture: Picture) => Partial<Picture>): void {
    const map = (list: readonly Picture[]) =>
      list.map((picture) => (test(picture) ? { ...picture, ...to(picture) } : picture));
    const { samples, own, removed } = get();
    set({
      samples: map(samples),
      own: map(own),
      // what may be brought back follows every change, too
      ...(removed !== null && { removed: { ...removed, pictures: map(removed.pictures) } }),
    });
  }
  const patch = (id: number, to: Partial<Picture>) =>
    change(
      (picture) => picture.id === id,
      () => to,
    );

  /** Queues pictures, the shown one first, and counts them into the running batch. */
  function enqueue(ids: readonly number[]): void {
    set({ batch: withMore(get().batch, ids.length, performance.now()) });
    const selected = get().selected;
    queue.add(
      selected !== null && ids.includes(selected) ? [selected, ...ids.filter((id) => id !== selected)] : ids,
    );
  }

  const settled = (pictures = 1): void => count(withDone(get().batch, { done: pictures }, performance.now()));

  /** Queues pictures of a set; a large one is asked for what an earlier visit kept first. */
  function enqueueSet(pictures: readonly Picture[]): void {
    const ids = pictures.map(({ id }) => id);
    const release = queue.hold();
    enqueue(ids);
    if (get().own.length < KEEP_FROM) release();
    else void Promise.race([get().takeUp(pictures), longEnough()]).finally(release);
  }

  async function answer(id: number, signal: AbortSignal): Promise<void> {
    const picture = find(id);
    if (picture === undefined) return;
    patch(id, { state: 'looking', error: null });
    try {
      const blob = picture.blob ?? (await fetchSample(picture.url ?? '', signal));
      const maps = wantsMaps(get(), id);
      const logits = (answering(get())?.classes ?? Number.POSITIVE_INFINITY) <= MAX_KEPT_LOGITS;
      const temperature = get().correction?.temperature ?? 1;
      const options = { name: picture.name, topK: TOP, maps, logits, temperature, signal };
      const result = await engine.classify(blob, options);
      if (signal.aborted) return;
      // a correction came or went meanwhile: what it makes of answers does not hold for this one
      if ((get().correction?.temperature ?? 1) !== temperature) return answer(id, signal);
      const none = (await get().taught?.isNone(result.features)) === true;
      // their only use is over, and ten thousand pictures' features are 80 MB
      const slim = result.features.length > 0 && get().taught ? { ...result, features: NO_FEATURES } : result;
      patch(id, { state: 'answered', answer: slim, none });
      get().timed(result.ms);
      settled();
      // Only now: the engine has read the size from the header and refused what is unsafe to decode.
      if (picture.thumbnail === null)
        patch(id, { thumbnail: await makeThumbnail(blob, result.width, result.height) });
    } catch (thrown) {
      if (signal.aborted) return; // whoever aborted has put the picture where it belongs
      patch(id, { state: 'failed', error: plainError(thrown) });
      settled();
    }
  }

  /** Makes the thumbnail of an answered picture that has none. */
  async function showSmall(id: number): Promise<void> {
    const { blob = null, answer = null, thumbnail = null } = find(id) ?? {};
    if (blob === null || answer === null || thumbnail !== null) return;
    patch(id, { thumbnail: await makeThumbnail(blob, answer.width, answer.height) });
  }

  /** One after another: each thumbnail is a change of the set. */
  async function showAllSmall(ids: readonly number[]): Promise<void> {
    for (const id of ids) await showSmall(id);
  }

  function forget(pictures: readonly Picture[]): void {
    for (const picture of pictures)
      if (picture.thumbnail?.startsWith('blob:')) URL.revokeObjectURL(picture.thumbnail);
  }

  return {
    samples,
    own: [],
    folder: '',
    selected: samples[0]?.id ?? null,
    view: 'picture',
    turn: 0,
    batch: null,
    removed: null,
    stored: null,
    lines: readLines(memory.read('lines')),
    setStored(stored) {
      // they are the built-in model's; a visit that begins with a stored one shows what that one says
      if (get().models.some(({ source }) => source.kind === 'stored')) return;
      set({ stored });
      if (stored === null || get().inUse !== null) return;
      change(
        (picture) => picture.sample !== null,
        ({ name }) => ({
          stored: stored.samples.find((sample) => sample.file === name)?.classification ?? null,
        }),
      );
    },
    addPictures(files, folder) {
      const paths = files.map(pathOf);
      const folders = truthsOf(paths);
      // one folder alone sets nothing apart, unless it joins others
      const apart = nameCount(folders) > 1 || folderCount(get().own) > 0;
      const truths = apart ? folders : [];
      const added = files.map(
        (file, i): Picture => ({
          ...newPicture(file.name, paths[i]),
          blob: file,
          truth: truths[i] ?? null,
          given: truths[i] ?? null,
        }),
      );
      const first = added[0];
      if (first === undefined) return;
      get().closeCamera();
      if (get().own.length === 0) beginSet();
      set({
        ...(nameCount(truths) > 1 && { view: 'score', tableRead: null }),
        folder: get().own.length === 0 ? folder : get().folder,
        own: [...get().own, ...added],
        selected: first.id,
      });
      enqueueSet(added);
    },
    addFrame(file) {
      const picture: Picture = { ...newPicture(file.name), blob: file };
      if (get().own.length === 0) {
        beginSet();
        set({ folder: '' });
      }
      set({ own: [...get().own, picture], selected: picture.id });
      enqueue([picture.id]);
    },
    holdPictures: () => queue.hold(),
    setView(view) {
      if (view !== 'picture') get().closeCamera();
      set({ view });
    },
    justLook() {
      change(
        () => true,
        () => ({ truth: null, given: null }),
      );
      get().rememberSaid();
      set({ view: 'picture', tableRead: null });
    },
    setTruths(truths) {
      change(
        ({ id }) => truths.has(id),
        ({ id }) => ({ truth: truths.get(id) ?? null }),
      );
      get().rememberSaid();
    },
    select(id) {
      get().closeCamera();
      set({ selected: id });
      queue.first(id);
    },
    step(by) {
      const list = get().own.length > 0 ? holding(get().own, get().find) : shown(get());
      const current = get().live === null ? selectedPicture(get())?.id : get().selected;
      const at = list.findIndex(({ id }) => id === current);
      const next = list[at + by];
      if (next !== undefined) get().select(next.id);
    },
    removePictures(ids) {
      const { own, selected, removed } = get();
      const gone = own.filter((picture) => ids.includes(picture.id));
      if (gone.length === 0) return;
      if (removed !== null) forget(removed.pictures);
      queue.removeAll(new Set(gone.map(({ id }) => id)));
      const left = own.filter((picture) => !ids.includes(picture.id));
      const at = own.findIndex((picture) => picture.id === selected);
      const next = own.slice(at).find((picture) => left.includes(picture)) ?? left.at(-1) ?? get().samples[0];
      set({ own: left, selected: next?.id ?? null, removed: { pictures: gone, before: own, selected } });
      const unsettled = gone.filter(({ state }) => state === 'waiting' || state === 'looking').length;
      settled(unsettled);
      if (left.length === 0) {
        // a few loose pictures are not the large unnamed set that an earlier visit may have kept
        if (own.length >= KEEP_FROM || get().folder !== '') void get().forgetKept(get().folder);
        enqueueSamples();
      }
      clearTimeout(forgetRemoved);
      forgetRemoved = setTimeout(() => {
        forget(get().removed?.pictures ?? []);
        set({ removed: null });
      }, UNDO_MS);
    },
    undoRemove() {
      const { removed, own } = get();
      if (removed === null) return;
      clearTimeout(forgetRemoved);
      const back = removed.pictures.map(
        (picture): Picture =>
          picture.state === 'waiting' || picture.state === 'looking'
            ? { ...picture, state: 'waiting' }
            : picture,
      );
      const now = new Map([...own, ...back].map((picture) => [picture.id, picture]));
      const order = [...removed.before.map(({ id }) => id), ...own.map(({ id }) => id)];
      const list = [...new Set(order)].flatMap((id) => now.get(id) ?? []);
      set({ own: list, selected: removed.selected, removed: null });
      const again = back.filter(({ state }) => state === 'waiting').map(({ id }) => id);
      if (again.length > 0) enqueue(again);
    },
    pauseWork() {
      const { batch } = get();
      if (batch === null || batch.ms !== null || releasePause !== undefined) return;
      releasePause = queue.hold();
      count(paused(batch, performance.now()));
    },
    resumeWork: () => count(resumed(get().batch, performance.now())),
    stopWork() {
      if (queue.size === 0) return;
      queue.clear();
      change(
        ({ state }) => state === 'waiting' || state === 'looking',
        () => ({ state: 'stopped' }),
      );
      count(null);
    },
    goOn() {
      const ids = shown(get()).filter(({ state }) => state === 'stopped');
      change(
        ({ state }) => state === 'stopped',
        () => ({ state: 'waiting' }),
      );
      enqueue(ids.map(({ id }) => id));
    },
    setLine(key, line) {
      const { [key]: _, ...others } = get().lines;
      const lines = line === null ? others : { ...others, [key]: line };
      memory.write('lines', linesText(lines));
      set({ lines });
    },
    setAnswers(answers) {
      const unanswered = [...answers.keys()].filter((id) => queue.has(id));
      queue.removeAll(new Set(unanswered));
      change(
        ({ id }) => answers.has(id),
        ({ id, answer, none }) => ({ state: 'answered', answer, none, ...answers.get(id) }),
      );
      count(withDone(get().batch, { needless: unanswered.length }, performance.now()));
      void showAllSmall(unanswered);
    },
    keepMaps: (id, answer, maps) =>
      change(
        (picture) => picture.id === id && picture.answer === answer,
        () => ({ answer: { ...answer, maps } }),
      ),
    /** Another model (or device) answers from now on: every answer is the new one's or none. */
    modelChanged() {
      queue.clear();
      count(null);
      const builtIn = modelInUse(get())?.source.kind === 'embedded';
      change(
        () => true,
        ({ stored }) => ({
          state: 'waiting',
          answer: null,
          none: false,
          error: null,
          stored: builtIn ? stored : null,
        }),
      );
      set({ takenUp: 0, turn: get().turn + 1 });
      get().forgetCorrection();
      releaseFirst?.();
      releaseFirst = undefined;
      get().resumeAfterWorker();
      enqueueSet(shown(get()));
    },
    pauseForWorker() {
      releaseWorker ??= queue.hold();
    },
    resumeAfterWorker() {
      releaseWorker?.();
      releaseWorker = undefined;
    },
  };
}
