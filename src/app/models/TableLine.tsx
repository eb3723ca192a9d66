import type { ReactNode } from 'react';
import { duration } from '../figures.ts';
import { useStrings } from '../shell/Words.tsx';
import type { Speed } from './shelfRows.ts';
import { useShelfWords } from './useShelf.ts';

export interface Line {
  readonly name: ReactNode;
  /** Under the name: where it is from. */
  readonly from: ReactNode;
  readonly classes: ReactNode;
  readonly input: ReactNode;
  readonly top1: ReactNode;
  readonly speed: Speed | null;
  readonly size: ReactNode;
  readonly state: ReactNode;
  readonly actions: ReactNode;
  readonly inUse?: boolean;
}

/** One row of the table of models, wherever the model is. */
export function TableLine({ name, from, classes, input, top1, speed, size, state, actions, inUse }: Line) {
  const { columns } = useStrings();
  const w = useShelfWords();
  return (
    <tr className={inUse ? 'on' : undefined}>
      <th scope="row">
        <b>{name}</b>
        <small className="from">{from}</small>
      </th>
      <td className="n" data-column={columns.classes}>
        {classes}
      </td>
      <td className="n" data-column={columns.input}>
        {input}
      </td>
      <td className="n" data-column={columns.top1}>
        <div>{top1}</div>
      </td>
      <td className="n" data-column={columns.here}>
        {speed === null && '–'}
        {speed?.measured && duration(speed.ms)}
        {speed?.measured === false && <span className="text-ink3">{w.estimated(duration(speed.ms))}</span>}
      </td>
      <td className="n" data-column={columns.size}>
        {size}
      </td>
      <td className="text-ink2 min-w-[120px] pr-3">{state}</td>
      <td>
        <div className="flex justify-end items-center gap-1 pr-2">{actions}</div>
      </td>
    </tr>
  );
}
