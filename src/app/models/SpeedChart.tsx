import { count, duration } from '../figures.ts';
import { useStrings } from '../shell/Words.tsx';
import { type App, useApp } from '../store.ts';
import { chartOf, HEIGHT, type Point, WIDTH } from './chart.ts';
import { CATALOGUE, measuredMs, pace, rowOf, shortName } from './shelfRows.ts';
import { useShelfWords } from './useShelf.ts';

/** Each published model whose accuracy is known, with its time here: measured in this visit, else estimated. */
function pointsOf(models: App['models'], stored: App['shelf']['models'], here: number | null): Point[] {
  return CATALOGUE.flatMap((row): Point[] => {
    if (row.top1 === null || row.gmacs === null) return [];
    const copy = stored?.find((model) => rowOf(model) === row);
    const twin = models.find(({ source }) => source.kind === 'stored' && source.id === copy?.id);
    const measured = twin === undefined ? null : measuredMs(twin);
    const ms = measured ?? (here === null ? null : here * row.gmacs);
    return ms === null || ms <= 0
      ? []
      : [{ name: shortName(row), ms, top1: row.top1, measured: measured !== null }];
  });
}

/** The drawing of accuracy against time; the table has the same figures. */
export function SpeedChart() {
  const t = useStrings();
  const w = useShelfWords();
  const models = useApp((app) => app.models);
  const stored = useApp((app) => app.shelf.models);
  const here = useApp(pace);
  const points = pointsOf(models, stored, here);
  const chart = points.length === 0 ? null : chartOf(points);
  return (
    <section>
      <div className="flex flex-wrap justify-between items-baseline gap-x-3 mb-2">
        <h2 className="lab">{w.chart}</h2>
        {chart !== null && (
          <span className="cap flex gap-3">
            <span className="key">{w.measured}</span>
            <span className="key hollow">{w.estimatedWord}</span>
          </span>
        )}
      </div>
      {chart === null ? (
        <p className="prose">{w.chartEmpty}</p>
      ) : (
        <svg
          className="chart"
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          role="img"
          aria-label={w.chartNote(count(points.length))}
        >
          {chart.lines.map(({ y, top1 }) => (
            <g key={top1}>
              <path d={`M30 ${y}H${WIDTH}`} />
              <text x="22" y={y + 4} textAnchor="end">
                {top1}
              </text>
            </g>
          ))}
          {chart.ticks.map(({ x, ms }) => (
            <g key={ms}>
              <path d={`M${x} 6V${HEIGHT - 20}`} />
              <text x={Math.min(x, WIDTH - 24)} y={HEIGHT - 4} textAnchor="middle">
                {duration(ms)}
              </text>
            </g>
          ))}
          {chart.points.map(({ name, x, y, measured, label, top1, ms }) => (
            <g key={name} className={measured ? 'measured' : undefined}>
              <circle cx={x} cy={y} r="5">
                <title>
                  {`${name}${t.comma}${top1}${t.comma}${measured ? duration(ms) : w.estimated(duration(ms))}`}
                </title>
              </circle>
              {label !== null && (
                <text x={label.x} y={label.y} textAnchor={label.anchor}>
                  {name}
                </text>
              )}
            </g>
          ))}
        </svg>
      )}
    </section>
  );
}
