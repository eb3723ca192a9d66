import { count } from '../figures.ts';
import { useTeach, useTeachWords } from './useTeach.ts';

/** Below this a class is not tested. */
const TO_START = 5;
/** Up to so many more are asked for, where a class is found worse than the others. */
const ENOUGH = 20;

/** How well a class is found among held-out pictures, and how many more would help. */
export function Found({ id, examples }: { id: string; examples: number }) {
  const w = useTeachWords();
  const scores = useTeach((teach) => teach.scores);
  const own = scores?.classes.find((one) => one.id === id);
  if (examples < TO_START)
    return <span className="text-[13px] text-unsure">{w.toStart(TO_START - examples)}</span>;
  if (!own || own.tested === 0 || !scores) return null;
  const average = scores.right / scores.tested;
  const worse = own.found / own.tested < average - 0.1 && examples < ENOUGH;
  return (
    <span className={worse ? 'text-[13px] text-unsure' : 'text-[13px] text-ink2'}>
      {w.found(count(own.found), count(own.tested))}
      {worse && `, ${w.addMore(Math.max(5, ENOUGH - examples))}`}
    </span>
  );
}
