import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { Icon } from '../shell/Icon.tsx';
import { useEscape } from './useEscape.ts';

/** How near to the window's edge a menu may come, px. */
const MARGIN = 8;

/** Puts an open menu under its button and into the window: towards its middle, and where it is longer, by scrolling. */
function bringIn(list: HTMLElement): void {
  const width = document.documentElement.clientWidth;
  const button = list.parentElement?.getBoundingClientRect();
  const isLeft = button !== undefined && button.left < width - button.right;
  Object.assign(list.style, { left: isLeft ? '0' : 'auto', right: isLeft ? 'auto' : '0', translate: 'none' });
  const { left, right } = list.getBoundingClientRect();
  const by = isLeft ? Math.min(0, width - MARGIN - right) : Math.max(0, MARGIN - left);
  if (by !== 0) list.style.translate = `${Math.round(by)}px`;
  list.scrollIntoView({ block: 'nearest' });
}

/**
 * A menu under a button, in the document only while it is open. Arrows move in it. Esc closes it and goes back to the
 * button, as choosing does; a press elsewhere, or Tab out of it, closes it too.
 */
export function Menu(props: { button: ReactNode; className: string; label?: string; children: ReactNode }) {
  const menu = useRef<HTMLDetailsElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const [open, setOpen] = useState(false);
  useEscape(open, () => {
    if (menu.current) leave(menu.current);
  });
  useEffect(() => {
    if (!open) return;
    const onLeave = ({ target }: Event) => {
      if (menu.current && !(target instanceof Node && menu.current.contains(target)))
        menu.current.open = false;
    };
    const onKeyUp = (event: globalThis.KeyboardEvent) => {
      if (event.key === 'Tab') onLeave(event);
    };
    document.addEventListener('pointerdown', onLeave, true);
    document.addEventListener('keyup', onKeyUp);
    return () => {
      document.removeEventListener('pointerdown', onLeave, true);
      document.removeEventListener('keyup', onKeyUp);
    };
  }, [open]);
  useLayoutEffect(() => {
    if (open && list.current) bringIn(list.current);
  }, [open]);
  return (
    <details
      ref={menu}
      className="drawer"
      onToggle={(event) => setOpen(event.currentTarget.open)}
      onKeyDown={moveInMenu}
    >
      <summary className={props.className} aria-label={props.label}>
        {props.button}
      </summary>
      {open && <ul ref={list}>{props.children}</ul>}
    </details>
  );
}

/** Closes a menu; the focus must not go with the entry that had it. */
function leave(menu: HTMLDetailsElement): void {
  menu.querySelector('summary')?.focus();
  menu.open = false;
}

function moveInMenu(event: KeyboardEvent<HTMLDetailsElement>): void {
  const menu = event.currentTarget;
  const entries = [...menu.querySelectorAll<HTMLButtonElement>('li > button:enabled')];
  const at = entries.findIndex((entry) => entry.matches(':focus'));
  const to = {
    ArrowDown: Math.min(at + 1, entries.length - 1),
    ArrowUp: Math.max(at - 1, 0),
    Home: 0,
    End: entries.length - 1,
  }[event.key];
  if (to === undefined) return;
  event.preventDefault(); // nothing scrolls meanwhile
  if (menu.open) entries[to]?.focus();
  else menu.open = event.key === 'ArrowDown';
}

/** An entry that does one thing. */
export function MenuItem(props: {
  disabled?: boolean;
  /** It is what is there now, among others that could be. */
  current?: boolean;
  className?: string;
  onChoose: () => void;
  children: ReactNode;
}) {
  return (
    <li className={props.className}>
      <button
        type="button"
        disabled={props.disabled}
        aria-current={props.current || undefined}
        onClick={(event) => {
          const menu = event.currentTarget.closest('details');
          if (menu) leave(menu);
          props.onChoose();
        }}
      >
        {props.children}
        {props.current && <Icon name="check" />}
      </button>
    </li>
  );
}

/** An entry with others under it, which it shows and hides. */
export function MenuGroup({ label, children }: { label: string; children: ReactNode }) {
  const list = useRef<HTMLUListElement>(null);
  const [open, setOpen] = useState(false);
  useLayoutEffect(() => {
    const menu = list.current?.closest<HTMLElement>('.drawer > ul');
    if (!open || !menu) return;
    bringIn(menu); // it may have become wider
    list.current?.scrollIntoView({ block: 'nearest' });
  }, [open]);
  return (
    <li>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        {label}…
        <Icon name="down" />
      </button>
      {open && (
        <ul ref={list} aria-label={label}>
          {children}
        </ul>
      )}
    </li>
  );
}
