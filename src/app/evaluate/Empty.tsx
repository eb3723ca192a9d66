import type { ReactNode } from 'react';
import type { Choose } from '../classify/LookPlace.tsx';
import { Icon } from '../shell/Icon.tsx';
import { useStrings } from '../shell/Words.tsx';

/** What a view says while it has nothing to show, and the way to give it something. */
export function Empty(props: {
  label: string;
  title: string;
  how: string;
  choose: Choose;
  children?: ReactNode;
}) {
  const t = useStrings();
  return (
    <section className="nothing" aria-label={props.label}>
      <h2 className="big">{props.title}</h2>
      <p className="prose mt-2">{props.how}</p>
      <button type="button" className="btn go mt-4" onClick={props.choose.folder}>
        <Icon name="folder" />
        {t.chooseFolder}
      </button>
      {props.children}
    </section>
  );
}
