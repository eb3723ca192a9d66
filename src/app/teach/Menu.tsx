import { type ReactNode, useRef, useState } from 'react';

/** A menu under a button, in the document only while it is open: Esc closes it and goes back to the button; choosing something closes it. */
export function Menu(props: { button: ReactNode; className: string; label?: string; children: ReactNode }) {
  const menu = useRef<HTMLDetailsElement>(null);
  const [open, setOpen] = useState(false);
  const close = (): void => {
    if (menu.current) menu.current.open = false;
  };
  return (
    <details
      ref={menu}
      className="drawer"
      onToggle={(event) => setOpen(event.currentTarget.open)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        close();
        menu.current?.querySelector('summary')?.focus();
      }}
    >
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
