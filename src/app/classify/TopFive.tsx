import type { CSSProperties } from 'react';
import type { Classification } from '../../engine/protocol.ts';
import { count, finePercent } from '../figures.ts';
import { Label, useStrings } from '../shell/Words.tsx';

/** The best classes on one linear axis from 0; the "not sure" line crosses all of them. */
export function TopFive(props: { answer: Classification; classes: number; line: number; unsure: boolean }) {
  const t = useStrings();
  const { answer, line } = props;
  const raw = answer.functionToApply === 'none';
  return (
    <section>
      <h3 className="lab mt-5 mb-1" id="top">
        {t.top(String(answer.scores.length), count(props.classes))}
      </h3>
      <div className={raw ? '' : 'axis'} style={{ '--t': line } as CSSProperties}>
        <ol className={props.unsure ? 'top5 unsure' : 'top5'} aria-labelledby="top">
          {answer.scores.map(({ index, label, score }) => (
            <li key={index} style={{ '--v': score * 100 } as CSSProperties}>
              <span className="cls" title={label}>
                <Label className="initial inline-block max-w-full truncate align-bottom">{label}</Label>
              </span>
              <span className="pc">
                {raw ? score.toFixed(2) : finePercent(score)}
                {!raw && <span className="sr">%</span>}
              </span>
              {!raw && (
                <span className="fill">
                  <i />
                </span>
              )}
            </li>
          ))}
        </ol>
        {!raw && (
          <div className="ticks" aria-hidden="true">
            <span className="left-0">0</span>
            <span className="at">{t.lineShort(String(line))}</span>
            <span className="right-0">100{'\u2009'}%</span>
          </div>
        )}
      </div>
    </section>
  );
}
