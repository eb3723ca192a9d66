import { useEffect, useEffectEvent } from 'react';

/** While `on`, Esc does this and nothing else on the page; in a field it stays the field's own. */
export function useEscape(on: boolean, onKeyPress: () => void): void {
  const onEscape = useEffectEvent(onKeyPress);
  useEffect(() => {
    if (!on) return;
    const onKey = (event: KeyboardEvent) => {
      const field = event.target instanceof Element && event.target.closest('input, textarea, dialog');
      if (event.key !== 'Escape' || field) return;
      event.preventDefault();
      event.stopPropagation();
      onEscape();
    };
    document.addEventListener('keydown', onKey, true);
    return () => document.removeEventListener('keydown', onKey, true);
  }, [on]);
}
