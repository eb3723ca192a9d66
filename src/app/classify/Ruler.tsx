import type { CSSProperties } from 'react';
import { useStrings } from '../shell/Words.tsx';

/**
 * The graduated ruler: the answer's probability as a bar, and on it the "not sure" line, which is a range input whose
 * thumb is the line.
 */
export function Ruler(props: {
  score: number | null;
  unsure: boolean;
  line: number;
  onLine: (line: number) => void;
}) {
  const t = useStrings();
  const style = {
    '--v': (props.score ?? 0) * 100,
    ...(props.unsure && { '--c': 'var(--unsure)' }),
  } as CSSProperties;
  return (
    <div className="ruler" style={style}>
      <div className="fill">
        <i />
      </div>
      <input
        type="range"
        min={0}
        max={100}
        step={1}
        value={props.line}
        aria-label={t.lineLabel}
        aria-valuetext={t.lineValue(String(props.line))}
        title={t.lineShort(String(props.line))}
        onChange={(event) => props.onLine(Number(event.target.value))}
      />
    </div>
  );
}
