import type { CSSProperties, ReactNode } from 'react';
import type { Classification } from '../../engine/protocol.ts';
import { count, finePercent } from '../figures.ts';
import { Label, useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { canMap, mappedClass } from './maps.ts';
import type { Picture } from './picture.ts';

/** A class of the list; pressing it shows its map, where the model gives one. */
function Row({ current, onPress, children }: { current: boolean; onPress: () => void; children: ReactNode }) {
  if (!useApp(canMap)) return <div className="line">{children}</div>;
  return (
    <button type="button" className="line" aria-current={current || undefined} onClick={onPress}>
      {children}
    </button>
  );
}

/** The best classes on one linear axis from 0; the "not sure" line crosses all of them. */
export function TopFive(props: {
  picture: Picture;
  answer: Classification;
  classes: number;
  line: number;
  unsure: boolean;
}) {
  const t = useStrings();
  const { picture, answer, line } = props;
  const raw = answer.functionToApply === 'none';
  const showMap = useApp((app) => app.showMap);
  const possible = useApp(canMap);
  const mapped = useApp((app) => (app.overlay === 'off' ? null : mappedClass(app, picture, answer)?.index));
  return (
    <section>
      <div className="flex items-baseline justify-between gap-3 mt-5 mb-1">
        <h3 className="lab" id="top">
          {t.top(String(answer.scores.length), count(props.classes))}
        </h3>
        {possible && <p className="cap">{t.pressForMap}</p>}
      </div>
      <div className={raw ? '' : 'axis'} style={{ '--t': line } as CSSProperties}>
        <ol className={props.unsure ? 'top5 unsure' : 'top5'} aria-labelledby="top">
          {answer.scores.map(({ index, label, score }) => (
            <li key={index} style={{ '--v': score * 100 } as CSSProperties}>
              <Row current={possible && index === mapped} onPress={() => showMap(index)}>
                <span className="cls" title={label}>
                  <Label className="initial block min-w-0 truncate">{label}</Label>
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
              </Row>
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
