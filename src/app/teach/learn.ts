/** Learning follows each change; tests follow when a person pauses; a tried picture and Look are answered anew. */
import { applyHead, scoresOf } from '../../bit/index.ts';
import { type Desk, modelOpen } from './desk.ts';
import { evaluationOf } from './evaluation.ts';
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
    const { adding } = get();
    return adding !== null && adding.total - adding.done > 1;
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
    if (new Set(project.examples.map(({ classId }) => classId)).size < 2) {
      set({ learnt: null, scores: null, learning: false });
      return;
    }
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
    } finally {
      if (learning === abort) set({ learning: false });
    }
    scoreTimer = setTimeout(() => void attempt(score), SCORE_AFTER_MS);
  }

  async function score(): Promise<void> {
    const { project, key } = get();
    if (project === null || key === null) return;
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
    if (learnt === null || project === null || key === null)
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
    const evaluation = scores ? evaluationOf(scores, name) : [];
    const isNone = async (features: Float32Array): Promise<boolean | null> =>
      (await teacher.call('unlike', { id, key, features }))?.none ?? null;
    const taught = { id, project: id, name, labels: head.labels, evaluation, isNone };
    await attempt(() => kit.get().answerByTaught(taught, head));
  }

  return {
    learnSoon,
    makeWay,
    answerInLook,
    async tryWith(blob, name) {
      await modelOpen(desk);
      await attempt(async () => {
        const { features } = await kit.engine.features(blob, { name });
        set({ tried: await answerTo(blob, name, features.data.slice(0, features.shape[1])) });
      });
    },
    follow() {
      const app = kit.get();
      const info = app.models.find(({ id }) => id === app.inUse)?.info ?? null;
      if (info === null || info === followed) return;
      followed = info;
      set({ key: null });
      void attempt(async () => {
        set({ key: await kit.engine.featureKey() });
        learnSoon();
      });
    },
  };
}
