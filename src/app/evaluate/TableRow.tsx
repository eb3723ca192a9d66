import { type CSSProperties, memo } from 'react';
import type { Names } from '../classify/label.ts';
import { unreadWords } from '../classify/Tray.tsx';
import { bareMs, wholePercent } from '../figures.ts';
import { Icon } from '../shell/Icon.tsx';
import { Label } from '../shell/Words.tsx';
import type { Strings } from '../strings.ts';
import type { Judged } from './judge.ts';
import type { EvaluateWords } from './words.ts';

/** A picture as a row: its answer, how sure it is, what comes next, and what it is worth. */
export const TableRow = memo(function TableRow(props: {
  row: Judged;
  index: number;
  current: boolean;
  chosen: boolean;
  t: Strings;
  w: EvaluateWords;
  names: Names;
  choose: (id: number) => void;
  open: (id: number) => void;
}) {
  const { row, index, current, chosen, t, w, names } = props;
  const { picture, answer, best, next, sure } = row;
  const raw = answer?.functionToApply === 'none';
  const failed = picture.state === 'failed';
  return (
    <tr className={chosen ? 'on' : ''} aria-rowindex={index + 2} onClick={() => props.choose(picture.id)}>
      <td className="c-th">
        <span className={failed ? 'th text-wrong' : 'th'}>
          {failed ? (
            <Icon name="warning" />
          ) : (
            picture.thumbnail !== null && <img src={picture.thumbnail} alt="" decoding="async" />
          )}
        </span>
      </td>
      <td className="c-file">
        <button
          type="button"
          data-row={index}
          tabIndex={current ? 0 : -1}
          title={picture.path}
          aria-label={w.open(picture.path)}
          onClick={() => props.open(picture.id)}
        >
          <span lang="en">
            <span className="max-strip:hidden">{folderOf(picture.path)}</span>
            {picture.name}
          </span>
        </button>
        <small className="folder" lang="en">
          {folderOf(picture.path)}
        </small>
      </td>
      {failed ? (
        <>
          <td className="c-answer text-wrong" colSpan={2} title={picture.error?.message}>
            {unreadWords(picture.error?.code ?? '', t)}
          </td>
          <td className="c-next" />
        </>
      ) : best === null ? (
        <>
          <td className="c-answer text-ink3" colSpan={2}>
            {picture.state === 'stopped' ? t.stopped : picture.state === 'looking' ? t.looking : '…'}
          </td>
          <td className="c-next" />
        </>
      ) : (
        <>
          <td className={sure ? 'c-answer font-semibold' : 'c-answer font-semibold text-unsure'}>
            {picture.none ? (
              t.none
            ) : sure ? (
              <Label className="initial block truncate">{names(best.label).name}</Label>
            ) : (
              t.notSure
            )}
          </td>
          <td className="c-sure">
            <span
              className="sure"
              style={
                {
                  '--v': raw ? 0 : best.score * 100,
                  ...(!sure && { '--c': 'var(--unsure)' }),
                } as CSSProperties
              }
            >
              <span>{raw ? best.score.toFixed(1) : wholePercent(best.score)}</span>
              {!raw && <i />}
            </span>
          </td>
          <td className="c-next text-ink2">
            {sure ? (
              next !== null && <Guess score={next} raw={raw} names={names} />
            ) : (
              <Guess score={best} raw={raw} names={names} />
            )}
          </td>
        </>
      )}
      <td className="c-truth text-ink2">
        {picture.truth !== null && <Label className="initial block truncate">{picture.truth}</Label>}
      </td>
      <td className="c-right">
        <Verdict row={row} w={w} />
      </td>
      <td className="c-ms text-ink2">{answer === null ? '–' : bareMs(answer.ms.total)}</td>
    </tr>
  );
});

/** 'fair/umbrella/u_0112.jpg' -> 'umbrella/': the last folder says enough. */
function folderOf(path: string): string {
  const folder = path.split('/').at(-2);
  return folder === undefined ? '' : `${folder}/`;
}

function Guess(props: { score: { label: string; score: number }; raw: boolean; names: Names }) {
  const { score, raw, names } = props;
  return (
    <span className="initial block truncate">
      <Label>{names(score.label).name}</Label> {raw ? score.score.toFixed(1) : wholePercent(score.score)}
    </span>
  );
}

/** Right or wrong, in a word; below the line what it would have been. */
function Verdict({ row: { right, sure }, w }: { row: Judged; w: EvaluateWords }) {
  if (right === null) return <span className="text-ink3">–</span>;
  if (!sure) return <span className="text-ink2">{w.wouldBe(right)}</span>;
  return (
    <span className={right ? 'verdict text-accent' : 'verdict text-wrong font-medium'}>
      <Icon name={right ? 'check' : 'close'} />
      {right ? w.yes : w.no}
    </span>
  );
}
