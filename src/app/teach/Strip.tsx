import { memo, useState } from 'react';
import type { ExampleRow } from '../../engine/teach/protocol.ts';
import { count } from '../figures.ts';
import { Thumb } from './Thumb.tsx';
import { useGrowing } from './useGrowing.ts';
import { useTeach, useTeachWords } from './useTeach.ts';

const FIRST = 11;
/** Pictures of a whole class that come into the document with one frame: thousands at once would hold the page up. */
const A_FRAME = 60;

/** The pictures: one Tab stop, arrows inside; Enter or Space chooses, Delete removes. */
export function Strip({ name, examples }: { name: string; examples: readonly ExampleRow[] }) {
  const w = useTeachWords();
  const [all, setAll] = useState(false);
  const [at, setAt] = useState(0);
  const limit = useGrowing(examples.length, FIRST, A_FRAME, all);
  const chosen = useTeach((teach) => teach.chosen);
  const choose = useTeach((teach) => teach.choose);
  const change = useTeach((teach) => teach.change);
  const outOfPlace = useTeach((teach) => teach.scores?.outOfPlace);
  const shown = examples.slice(0, limit);
  const odd = new Set(outOfPlace);
  if (examples.length === 0) return null;
  return (
    <div className={all ? 'shots all' : 'shots'}>
      <ul
        className="contents"
        onKeyDown={(event) => {
          const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
          const ids = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('button')];
          if (event.key === 'Delete') {
            const example = shown[at];
            if (example) void change({ kind: 'remove-examples', ids: [example.id] });
          }
          if (by === undefined) return;
          event.preventDefault();
          const next = Math.max(0, Math.min(ids.length - 1, at + by));
          setAt(next);
          ids[next]?.focus();
        }}
      >
        {shown.map((example, i) => (
          <Shot
            key={example.id}
            example={example}
            at={i}
            label={odd.has(example.id) ? `${w.one(name, i + 1)}, ${w.outOfPlaceOne}` : w.one(name, i + 1)}
            isOdd={odd.has(example.id)}
            isChosen={chosen.has(example.id)}
            isStop={i === Math.min(at, shown.length - 1)}
            onReach={setAt}
            onChoose={choose}
          />
        ))}
      </ul>
      {examples.length > FIRST && (
        <button
          type="button"
          className="rest"
          aria-label={all ? w.showFewer : w.showAll(count(examples.length))}
          onClick={() => setAll(!all)}
        >
          {all ? '−' : `+${count(examples.length - FIRST)}`}
        </button>
      )}
    </div>
  );
}

interface ShotProps {
  readonly example: ExampleRow;
  readonly at: number;
  readonly label: string;
  readonly isOdd: boolean;
  readonly isChosen: boolean;
  readonly isStop: boolean;
  readonly onReach: (at: number) => void;
  readonly onChoose: (id: string) => void;
}

/** One picture; of thousands only those that change are made again. */
const Shot = memo(function Shot({
  example,
  at,
  label,
  isOdd,
  isChosen,
  isStop,
  onReach,
  onChoose,
}: ShotProps) {
  return (
    <li>
      <button
        type="button"
        className={isOdd ? 'odd' : undefined}
        aria-pressed={isChosen}
        aria-label={label}
        title={example.name}
        tabIndex={isStop ? 0 : -1}
        onFocus={() => onReach(at)}
        onClick={() => onChoose(example.id)}
      >
        <Thumb blob={example.thumbnail} />
      </button>
    </li>
  );
});
