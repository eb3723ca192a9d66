import { useEffect, useMemo, useRef, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { UNKNOWN_LINE } from '../classify/calibration.ts';
import { answering, lineOf } from '../classify/picture.ts';
import { useApp } from '../store.ts';
import { type Judged, judge } from './judge.ts';
import { type EvaluateWords, evaluateWords } from './words.ts';

/** Lists and scores of thousands of pictures follow the answers so often. */
const EVERY_MS = 250;

/** The newest value, at most once in `ms`. */
function useThrottled<T>(value: T, ms: number): T {
  const [shown, setShown] = useState(value);
  const at = useRef(0);
  useEffect(() => {
    const timer = setTimeout(
      () => {
        at.current = performance.now();
        setShown(value);
      },
      Math.max(0, at.current + ms - performance.now()),
    );
    return () => clearTimeout(timer);
  }, [value, ms]);
  return shown;
}

/** Every own picture with what its answer is worth. */
export function useJudged(): {
  readonly judged: readonly Judged[];
  readonly labels: readonly string[];
  readonly line: number;
} {
  const own = useThrottled(
    useApp((app) => app.own),
    EVERY_MS,
  );
  const model = useApp(useShallow(answering));
  const line = useApp((app) => (model === null ? UNKNOWN_LINE : lineOf(app, model)));
  const meant = useApp((app) => app.meant);
  const lists = useApp((app) => app.lists);
  const readLists = useApp((app) => app.readLists);
  const labels = model?.labels ?? NO_LABELS;
  const judged = useMemo(() => judge(own, labels, line, { meant, lists }), [own, labels, line, meant, lists]);
  const unknownIds = useMemo(
    () => judged.some(({ picture, truth }) => truth === null && /^n\d{8}$/.test(picture.truth ?? '')),
    [judged],
  );
  useEffect(() => {
    if (unknownIds && labels.length > 0) void readLists();
  }, [unknownIds, labels, readLists]);
  return { judged, labels, line };
}

const NO_LABELS: readonly string[] = [];

export const useEvaluateWords = (): EvaluateWords => evaluateWords[useApp((app) => app.language)];
