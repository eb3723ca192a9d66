import { memo } from 'react';
import { count } from '../figures.ts';
import { Icon } from '../shell/Icon.tsx';
import { Found } from './Found.tsx';
import { useExamplesOf, useTeachWords } from './useTeach.ts';

/** A class on a phone, while another one is open. */
export const ClosedClass = memo(function ClosedClass({
  id,
  name,
  onOpen,
}: {
  id: string;
  name: string;
  onOpen: (id: string) => void;
}) {
  const w = useTeachWords();
  const { length } = useExamplesOf(id);
  return (
    <button type="button" className="lesson closed" aria-expanded={false} onClick={() => onOpen(id)}>
      <span className="font-semibold text-[16px] leading-[22px] wrap-anywhere">{name}</span>
      <span className="text-[13px] text-ink2">{w.pictures(count(length))}</span>
      <Found id={id} examples={length} />
      <span className="grow" />
      <Icon name="down" />
    </button>
  );
});
