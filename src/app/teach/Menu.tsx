import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useEscape } from './useEscape.ts';

/** A menu under a button, in the document only while it is open: Esc closes it and goes back to the button; choosing something, or a press elsewhere, closes it. */
export function Menu(props: { button: ReactNode; className: string; label?: string; children: ReactNode }) {
  const menu = useRef<HTMLDetailsElement>(null);
  const [open, setOpen] = useState(false);
  const close = (): void => {
    if (menu.current) menu.current.open = false;
  };
  useEscape(open, () => {
    close();
    menu.current?.querySelector('summary')?.focus();
  });
  useEffect(() => {
    if (!open) return;
    const onPress = ({ target }: PointerEvent) => {
      if (menu.current && !(target instanceof Node && menu.current.contains(target)))
        menu.current.open = false;
    };
    document.addEventListener('pointerdown', onPress, true);
    return () => document.removeEventListener('pointerdown', onPress, true);
  }, [open]);
  return (
    <details ref={menu} className="drawer" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className={props.className} aria-label={props.label}>
        {props.button}
      </summary>
      {/* what bubbles up here was chosen in one of the entries, by mouse or by key */}
      {open && <ul onChange={close}>{props.children}</ul>}
    </details>
  );
}

/** An entry that does one thing. */
export function MenuItem(props: { disabled?: boolean; onChoose: () => void; children: ReactNode }) {
  return (
    <li>
      <button
        type="button"
        disabled={props.disabled}
        onClick={(event) => {
          const menu = event.currentTarget.closest('details');
          if (menu) menu.open = false;
          props.onChoose();
        }}
      >
        {props.children}
      </button>
    </li>
  );
}
