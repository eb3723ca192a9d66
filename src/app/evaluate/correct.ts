/** "Does 80 % mean 80 %?": a temperature from half of a labelled set, told on the other half, used when a person says so. */
import { BitError } from '../../bit/errors.ts';
import { evaluationFields, parseEvaluation } from '../../bit/index.ts';
import type { Calls, Classification } from '../../engine/protocol.ts';
import { answering, lineOf } from '../classify/picture.ts';
import type { Kit } from '../store.ts';
import { CORRECTIONS, type Correction } from './evaluate.ts';
import { type Judged, judge } from './judge.ts';
import { setName } from './keptSet.ts';
import { rescored } from './rescore.ts';

export type Fitted = Calls['calibrate']['output'];

/** Below so many labelled pictures with an answer, half of them say too little. */
export const FEWEST = 60;

/** What a temperature can be fitted on. */
export const fittable = (judged: readonly Judged[]): Judged[] =>
  judged.filter(
    ({ truth, answer }) => truth !== null && answer?.logits != null && answer.functionToApply === 'softmax',
  );

/** Throws 'input-shape' for too few pictures, and what the engine throws. */
export async function fit({ get, engine }: Kit): Promise<Fitted> {
  const app = get();
  const model = answering(app);
  if (model === null) throw new BitError('input-shape', 'no model is open');
  const rows = fittable(judge(app.own, model.labels, lineOf(app, model), app));
  if (rows.length < FEWEST)
    throw new BitError('input-shape', `${rows.length} pictures are too few to fit on`);
  const classes = model.labels.length;
  const logits = new Float32Array(rows.length * classes);
  rows.forEach(({ answer }, i) => {
    if (answer?.logits) logits.set(answer.logits, i * classes);
  });
  const truths = Int32Array.from(rows, ({ truth }) => truth ?? 0);
  const release = app.holdReload();
  try {
    return await engine.calibrate({ logits, truths, classes, name: setName(app.folder) });
  } finally {
    release();
  }
}

/** Puts a correction in force (or ends it), keeps it for this model, and scores what is answered anew. */
export async function use(kit: Kit, correction: Correction | null): Promise<void> {
  const { turn } = kit.get();
  const { key } = await kit.engine.modelKey();
  if (kit.get().turn !== turn) return; // it was meant for what answered then
  const { [key]: _, ...others } = stored(kit);
  kit.memory.write(
    CORRECTIONS,
    JSON.stringify(correction === null ? others : { ...others, [key]: kept(correction) }),
  );
  const before = answering(kit.get());
  const line = before === null ? null : lineOf(kit.get(), before);
  apply(kit, correction);
  // the tests that came with the correction would move the line unasked
  const after = answering(kit.get());
  if (after !== null && line !== null && lineOf(kit.get(), after) !== line)
    kit.get().setLine(after.key, line);
}

/** Looks for what was kept for the model in use. */
export async function recall(kit: Kit): Promise<void> {
  const { inUse, turn } = kit.get();
  if (inUse === null) return;
  const all = stored(kit);
  if (Object.keys(all).length === 0) return;
  const { key } = await kit.engine.modelKey();
  const found = all[key];
  if (found === undefined || kit.get().turn !== turn) return;
  const { temperature, tested } = found;
  apply(kit, { temperature, tested: parseEvaluation(tested, 'the kept correction') });
}

function apply({ set, get }: Kit, correction: Correction | null): void {
  set({ correction });
  const labels = answering(get())?.labels ?? [];
  const temperature = correction?.temperature ?? 1;
  const answers = new Map<number, { answer: Classification }>();
  for (const { id, answer } of [...get().own, ...get().samples, ...(get().removed?.pictures ?? [])]) {
    if (answer === null) continue;
    const anew = rescored(answer, labels, temperature);
    if (anew !== answer) answers.set(id, { answer: anew });
  }
  get().setAnswers(answers);
}

interface Kept {
  readonly temperature: number;
  /** As evaluation.json has it. */
  readonly tested: unknown;
}

const kept = ({ temperature, tested }: Correction): Kept => ({
  temperature,
  tested: evaluationFields(tested),
});

/** What is kept, by model; anything else in its place counts as nothing. */
function stored({ memory }: Kit): Record<string, Kept> {
  const text = memory.read(CORRECTIONS);
  if (text === null) return {};
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read !== 'object' || read === null) return {};
    const entries = Object.entries(read as Record<string, Partial<Kept> | null>);
    return Object.fromEntries(
      entries.flatMap(([key, one]) => {
        const { temperature, tested } = one ?? {};
        const sound = typeof temperature === 'number' && temperature > 0 && Number.isFinite(temperature);
        return sound ? [[key, { temperature, tested }] as const] : [];
      }),
    );
  } catch (cause) {
    console.error('what was kept of corrections cannot be read', cause);
    return {};
  }
}
