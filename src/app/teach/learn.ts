/** Learning follows each change; tests follow when a person pauses; a tried picture and Look are answered anew. */
import { applyHead, scoresOf } from '../../bit/index.ts';
import { plainError } from '../shell/plainError.ts';
import type { Desk } from './desk.ts';
import { evaluationOf } from './evaluation.ts';
import { askModel } from './seen.ts';
import { isUnfit } from './stale.ts';
import type { Teach, Tried } from './teach.ts';

/** So that a burst of changes is learnt from once. */
const LEARN_AFTER_MS = 120;
/** While pictures come in one after another it waits so many times as long as it takes. */
const LEARN_PART = 4;
/** Tests wait until a person pauses. */
const SCORE_AFTER_MS = 900;

export interface Learning extends Pick<Teach, 'tryWith' | 'answerInLook'> {
  readonly learnSoon: () => void;
  /** Frees the teacher for a change: it hears nothing else while it tests or learns. Learning follows the change. */
  readonly makeWay: () => void;
  /** Asks the model in use what its features depend on; again whenever another one is in use. */
  readonly follow: () => void;
}

export function createLearning(desk: Desk): Learning {
  const { kit, teacher, get, set, attempt } = desk;
  let learnTimer: ReturnType<typeof setTimeout> | undefined;
  let scoreTimer: ReturnType<typeof setTimeout> | undefined;
  let scoring: AbortController | null = null;
  let learning: AbortController | null = null;
  /** How long learning took last. */
  let learnMs = 0;
  let followed: unknown = null;

  function makeWay(): void {
    clearTimeout(scoreTimer);
    scoring?.abort();
    if (!isTakingIn()) learning?.abort();
  }

  /** While many pictures come in, learning has a part of the time, and is not put off by each of them. */
  function isTakingIn(): boolean {
    return get().adding.some(({ done, total }) => total - done > 1);
  }

  function learnSoon(): void {
    makeWay();
    if (isTakingIn() && learnTimer !== undefined) return;
    clearTimeout(learnTimer);
    const after = isTakingIn() ? Math.max(LEARN_AFTER_MS, LEARN_PART * learnMs) : LEARN_AFTER_MS;
    learnTimer = setTimeout(() => {
      learnTimer = undefined;
      void attempt(learn);
    }, after);
  }

  async function learn(): Promise<void> {
    const { project, key } = get();
    if (project === null || key === null) return;
    const nothing = { learnt: null, scores: null, learning: false };
    const fit = project.examples.filter((one) => !isUnfit(one, key));
    if (new Set(fit.map(({ classId }) => classId)).size < 2) return set(nothing);
    set({ learning: true });
    const abort = new AbortController();
    learning = abort;
    const begun = performance.now();
    try {
      const learnt = await teacher.call('learn', { id: project.id, key }, { signal: abort.signal });
      learnMs = performance.now() - begun;
      if (learnt.revision !== get().project?.revision) return; // a newer one is on its way
      set({ learnt });
      await answerAgain();
    } catch (thrown) {
      // in the meantime there are not two classes left to tell apart
      if (plainError(thrown).code !== 'teach-change') throw thrown;
      return set(nothing);
    } finally {
      if (learning === abort) set({ learning: false });
    }
    scoreTimer = setTimeout(() => void attempt(score), SCORE_AFTER_MS);
  }

  async function score(): Promise<void> {
    const { project, key } = get();
    if (project === null || key === null) return;
    // a test of those that were looked at already would pass for one of all
    if (project.examples.some((one) => isUnfit(one, key))) return set({ scores: null });
    const abort = new AbortController();
    scoring = abort;
    set({ scoring: 0 });
    try {
      const { signal } = abort;
      const onProgress = ({ done, total }: { done: number; total: number }): void =>
        set({ scoring: done / total });
      const scores = await teacher.call('score', { id: project.id, key }, { signal, onProgress });
      if (scores.revision !== get().project?.revision) return;
      set({ scores });
      // the tests chose the penalty: learn with it, and to the optimum
      const learnt = await teacher.call('learn', { id: project.id, key }, { signal });
      if (learnt.revision === get().project?.revision) set({ learnt });
      await answerAgain();
    } finally {
      if (scoring === abort) set({ scoring: null });
    }
  }

  /** The tried picture, and Look where it uses this project, by what is known now. */
  async function answerAgain(): Promise<void> {
    const { tried, project } = get();
    if (tried !== null) set({ tried: await answerTo(tried.blob, tried.name, tried.features) });
    if (project !== null && kit.get().taught?.project === project.id) await answerInLook();
  }

  async function answerTo(blob: Blob, name: string, features: Float32Array): Promise<Tried> {
    const { learnt, project, key } = get();
    // another model's features say nothing here; this one is asked for its own
    const isOwn = features.length === key?.width;
    if (learnt === null || project === null || key === null || !isOwn)
      return { blob, name, features, scores: [], none: null };
    const scores = scoresOf(applyHead(learnt.head, features), 'softmax');
    const unlike = await teacher.call('unlike', { id: project.id, key, features });
    const labelled = learnt.head.labels.map((label, i) => ({ label, score: scores[i] ?? 0 }));
    return {
      blob,
      name,
      features,
      scores: labelled.sort((a, b) => b.score - a.score),
      none: unlike?.none ?? null,
    };
  }

  async function answerInLook(): Promise<void> {
    const { project, learnt, scores, key } = get();
    if (project === null || learnt === null || key === null) return;
    const { id, name } = project;
    const { head } = learnt;
    const evaluation = evaluationOf(learnt, scores, name);
    const isNone = async (features: Float32Array): Promise<boolean | null> =>
      (await teacher.call('unlike', { id, key, features }))?.none ?? null;
    const taught = { id, project: id, file: null, name, labels: head.labels, evaluation, isNone };
    await attempt(() => kit.get().answerByTaught(taught, head));
  }

  return {
    learnSoon,
    makeWay,
    answerInLook,
    async tryWith(blob, name) {
      await attempt(async () => {
        const { features } = await askModel(kit, new AbortController().signal, (signal) =>
          kit.engine.features(blob, { name, signal }),
        );
        set({ tried: await answerTo(blob, name, features.data.slice(0, features.shape[1])) });
      });
    },
    follow() {
      const app = kit.get();
      const info = app.models.find(({ id }) => id === app.inUse)?.info ?? null;
      if (info === null || info === followed) return;
      followed = info;
      makeWay();
      const { tried } = get();
      const untold = { features: new Float32Array(), scores: [], none: null };
      set({ key: null, learnt: null, scores: null, tried: tried && { ...tried, ...untold } });
      void attempt(async () => {
        const { signal } = new AbortController();
        const key = await askModel(kit, signal, (signal) => kit.engine.featureKey({ signal }));
        if (followed !== info) return; // the next one is asked already
        set({ key });
        learnSoon();
        const again = get().tried;
        if (again !== null) await get().tryWith(again.blob, again.name);
      });
    },
  };
}
