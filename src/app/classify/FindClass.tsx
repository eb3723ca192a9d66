/** Any class's score for the shown picture, found by name. Loaded with the first letter. */
import { useMemo } from 'react';
import { scoresOf } from '../../bit/head.ts';
import type { Classification } from '../../engine/protocol.ts';
import { classesLike } from '../evaluate/ClassField.tsx';
import { finePercent } from '../figures.ts';
import { Label, useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { canMap } from './maps.ts';

const SHOWN = 8;

export function FindClass({
  text,
  labels,
  answer,
}: {
  text: string;
  labels: readonly string[];
  answer: Classification;
}) {
  const t = useStrings();
  const possible = useApp(canMap);
  const showMap = useApp((app) => app.showMap);
  const temperature = useApp((app) => app.correction?.temperature ?? 1);
  const { logits, functionToApply } = answer;
  const scores = useMemo(
    () => (logits === null ? null : scoresOf(logits, functionToApply, temperature)),
    [logits, functionToApply, temperature],
  );
  const found = useMemo(() => classesLike(text, labels, SHOWN), [text, labels]);
  if (found.length === 0) return <p className="prose mt-1.5">{t.noSuchClass}</p>;
  return (
    <ul className="found" aria-label={t.findClass(String(labels.length))}>
      {found.map((index) => {
        const score = scores?.[index];
        const listed = answer.scores.some((one) => one.index === index);
        return (
          <li key={index}>
            <Label className="initial truncate">{labels[index] ?? ''}</Label>
            <span className="text-ink2">
              {score === undefined ? '' : functionToApply === 'none' ? score.toFixed(2) : finePercent(score)}
            </span>
            {possible && listed && (
              <button type="button" className="link text-[12px]" onClick={() => showMap(index)}>
                {t.keys.map}
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
