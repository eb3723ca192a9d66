import { memo, useRef, useState } from 'react';
import type { ExampleRow } from '../../engine/teach/protocol.ts';
import { count } from '../figures.ts';
import { keepFocus } from './keepFocus.ts';
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
  const list = useRef<HTMLUListElement>(null);
  const limit = useGrowing(examples.length, FIRST, A_FRAME, all);
  const chosen = useTeach((teach) => teach.chosen);
  const choose = useTeach((teach) => teach.choose);
  const change = useTeach((teach) => teach.change);
  const outOfPlace = useTeach((teach) => teach.scores?.outOfPlace);
  const shown = examples.slice(0, limit);
  const stop = Math.min(at, shown.length - 1); // the last one may be gone
  const odd = new Set(outOfPlace);
  const shots = (): HTMLButtonElement[] => [
    ...(list.current?.querySelectorAll<HTMLButtonElement>('button') ?? []),
  ];
  if (examples.length === 0) return null;
  return (
    <div className={all ? 'shots all' : 'shots'}>
      <ul
        ref={list}
        className="contents"
        onKeyDown={(event) => {
          const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
          const example = shown[stop];
          if (event.key === 'Delete' && example) {
            const section = event.currentTarget.closest('section');
            void keepFocus(change({ kind: 'remove-examples', ids: [example.id] }), () => {
              const left = shots();
              return left[Math.min(stop, left.length - 1)] ?? section;
            });
          }
          if (by === undefined) return;
          event.preventDefault();
          shots()[Math.max(0, Math.min(shown.length - 1, stop + by))]?.focus();
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
            isStop={i === stop}
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
