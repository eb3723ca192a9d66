import { type ReactNode, useEffect, useRef } from 'react';
import { useApp } from '../store.ts';
import { Icon } from './Icon.tsx';
import type { Dialog } from './shell.ts';
import { useStrings } from './Words.tsx';

/** A modal dialog over the page. Esc, the cross and a press outside close it; focus returns to where it was. */
export function Sheet({
  name,
  title,
  under,
  children,
}: {
  name: Dialog;
  title: string;
  under?: boolean;
  children: ReactNode;
}) {
  const t = useStrings();
  const open = useApp((app) => app.dialog === name);
  const show = useApp((app) => app.show);
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    if (dialog === null) return;
    if (open && !dialog.open) dialog.showModal();
    if (!open && dialog.open) dialog.close();
  }, [open]);
  return (
    <dialog
      ref={ref}
      className={under ? 'sheet under' : 'sheet'}
      aria-label={title}
      closedby="any"
      onClose={() => {
        if (open) show(null);
      }}
    >
      {open && (
        <>
          <div className="flex items-center pl-5 pr-2 min-h-[52px] border-b border-line">
            <h2 className="text-[16px] leading-[22px] grow">{title}</h2>
            <button type="button" className="icon" aria-label={t.close} onClick={() => show(null)}>
              <Icon name="close" />
            </button>
          </div>
          {children}
        </>
      )}
    </dialog>
  );
}
