import { wilson } from '../../bit/evaluate/wilson.ts';
import { expectedCalibrationError, type Outcome, type ReliabilityRow } from '../../bit/index.ts';
import { count } from '../figures.ts';
import { errorSentence } from '../shell/errorSentence.ts';
import { useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { FEWEST, fittable } from './correct.ts';
import type { Judged } from './judge.ts';
import { useEvaluateWords } from './useJudged.ts';
import type { EvaluateWords } from './words.ts';

/** Does 80 % mean 80 %? The chart, a sentence, and a correction. */
export function Calibration(props: {
  judged: readonly Judged[];
  rows: readonly ReliabilityRow[];
  outcomes: readonly Outcome[];
}) {
  const w = useEvaluateWords();
  const { judged, rows, outcomes } = props;
  const corrected = useApp((app) => app.correction !== null);
  return (
    <>
      <div className="flex items-baseline justify-between gap-2 mt-6 mb-2">
        <h2 className="lab">{w.calibration('80\u2009%')}</h2>
        <span className="cap">{w.ece(expectedCalibrationError(rows).toFixed(3))}</span>
      </div>
      <Chart rows={rows} />
      <p className="cap text-ink2! mt-1">
        {sentence(outcomes, w)} {corrected && w.withFitted}
      </p>
      <Correct judged={judged} />
    </>
  );
}

/** What it says on average against how often it is right; no difference where the interval holds both. */
function sentence(outcomes: readonly Outcome[], w: EvaluateWords): string {
  const n = outcomes.length;
  const right = outcomes.filter(({ truth, answer }) => truth === answer).length;
  const said = outcomes.reduce((sum, { score }) => sum + score, 0) / n;
  const [low, high] = wilson(right, n);
  const words = said < low ? w.moreThanSaid : said > high ? w.lessThanSaid : w.asSaid;
  return words((100 * said).toFixed(0), ((100 * right) / n).toFixed(0));
}

const [LEFT, RIGHT, TOP, BOTTOM] = [26, 232, 4, 130];
const x = (share: number): number => LEFT + (RIGHT - LEFT) * share;
const y = (share: number): number => BOTTOM - (BOTTOM - TOP) * share;

/** Said against was right, a dot a group as large as its share, with its 95 % interval. */
function Chart({ rows }: { rows: readonly ReliabilityRow[] }) {
  const w = useEvaluateWords();
  const filled = rows.filter(({ n }) => n > 0);
  const all = filled.reduce((sum, { n }) => sum + n, 0);
  return (
    <svg
      viewBox="0 0 236 150"
      className="w-full max-w-[320px] overflow-visible"
      role="img"
      aria-label={w.chart(filled.length)}
    >
      <g stroke="var(--line)">
        {[0, 0.25, 0.5, 0.75, 1].map((at) => (
          <path key={at} d={`M${LEFT} ${y(at)}H${RIGHT}M${x(at)} ${BOTTOM}V${TOP}`} />
        ))}
      </g>
      <path d={`M${LEFT} ${BOTTOM}L${RIGHT} ${TOP}`} stroke="var(--edge)" strokeDasharray="3 3" />
      {filled.map(({ low, n, right, confidence, accuracy }) => {
        const [least, most] = wilson(right, n);
        return (
          <g key={low} fill="var(--bar)" stroke="var(--bar)">
            <path d={`M${x(confidence ?? 0)} ${y(least)}V${y(most)}`} strokeWidth="1.5" />
            <circle
              cx={x(confidence ?? 0)}
              cy={y(accuracy ?? 0)}
              r={2.4 + 4 * Math.sqrt(n / all)}
              stroke="none"
            >
              <title>{`${count(right)} / ${count(n)}`}</title>
            </circle>
          </g>
        );
      })}
      <g fill="var(--ink3)" fontSize="11.5">
        <text x={LEFT} y="145">
          0
        </text>
        <text x={x(0.5)} y="145" textAnchor="middle">
          {w.said}
        </text>
        <text x={RIGHT} y="145" textAnchor="end">
          100
        </text>
        <text transform="translate(13 67) rotate(-90)" textAnchor="middle">
          {w.wasRight}
        </text>
      </g>
    </svg>
  );
}

/** The offer to correct it, what that would change on pictures it was not fitted on, and the choice. */
function Correct({ judged }: { judged: readonly Judged[] }) {
  const w = useEvaluateWords();
  const t = useStrings();
  const { correction, fitted, fitting, fitError, fitCorrection, correct, declineFitted } = useApp(
    (app) => app,
  );
  if (fitted !== null) {
    const { temperature, tested } = fitted;
    return (
      <div role="status" className="mt-2.5 grid gap-1.5 prose">
        <p>{w.fitted(temperature.toFixed(2), count(fitted.fitted), count(tested.n))}</p>
        <p className="text-ink font-medium">
          {w.fittedChange(fitted.before.toFixed(3), fitted.after.toFixed(3))}
        </p>
        {fitted.after >= fitted.before && <p>{w.fittedWorse}</p>}
        <div className="flex flex-wrap gap-2">
          <button
            type="button"
            className="btn sm go"
            onClick={() => void correct({ temperature, tested: [tested] })}
          >
            {w.useIt}
          </button>
          <button type="button" className="btn sm" onClick={declineFitted}>
            {w.notNow}
          </button>
        </div>
      </div>
    );
  }
  const able = fittable(judged).length;
  const answered = judged.filter(({ right }) => right !== null).length;
  return (
    <div className="mt-2.5 grid gap-1.5 justify-items-start">
      {correction !== null && (
        <p className="prose">
          {w.corrected(correction.temperature.toFixed(2))}{' '}
          <button type="button" className="link text-[13px]" onClick={() => void correct(null)}>
            {w.uncorrect}
          </button>
        </p>
      )}
      <button
        type="button"
        className="btn sm"
        disabled={fitting || able < FEWEST}
        onClick={() => void fitCorrection()}
      >
        {fitting ? w.correcting : w.correctIt}
      </button>
      {able < FEWEST && <p className="cap">{answered >= FEWEST ? w.noLogits : w.tooFew(FEWEST)}</p>}
      {fitError !== null && (
        <p role="alert" className="text-wrong text-[13px]">
          {errorSentence(fitError, t)}
        </p>
      )}
    </div>
  );
}
