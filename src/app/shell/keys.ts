import { useEffect } from 'react';
import { selectedPicture } from '../classify/picture.ts';
import { modelOpening } from '../models/models.ts';
import { type AppStore, useAppStore } from '../store.ts';

/** What a key press asks for beyond the store: the file choosers live in the page. */
export interface Choosers {
  readonly pictures: () => void;
  readonly folder: () => void;
}

const inField = (target: EventTarget | null) =>
  target instanceof Element && target.closest('input, select, textarea, [contenteditable]') !== null;

/** Esc stops what a person started: opening another model, or a queue of own pictures. */
function stop(store: AppStore): void {
  const app = store.getState();
  const opening = modelOpening(app);
  if (opening !== undefined && app.inUse !== null) app.cancelOpening(opening.id);
  else if (app.own.length > 0) app.stopWork();
}

function press(event: KeyboardEvent, store: AppStore, choose: Choosers): boolean {
  const app = store.getState();
  if (event.key.toLowerCase() === 'z' && (event.ctrlKey || event.metaKey) && !event.shiftKey) {
    if (app.removed === null || inField(event.target)) return false;
    app.undoRemove();
    return true;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.key === 'Escape') {
    stop(store);
    return true;
  }
  if (!app.singleKeys || inField(event.target)) return false;
  const free =
    event.target === document.body ||
    (event.target instanceof Element && event.target.closest('.tray') !== null);
  const look = app.place === 'look';
  switch (event.key) {
    case '?':
      app.show('help');
      return true;
    case 'm':
    case 'M':
      app.show('picker');
      return true;
    case 'o':
      choose.pictures();
      return true;
    case 'O':
      choose.folder();
      return true;
    case 'j':
    case 'k':
      if (look) app.step(event.key === 'j' ? 1 : -1);
      return look;
    case 'ArrowDown':
    case 'ArrowUp':
      if (look && free) app.step(event.key === 'ArrowDown' ? 1 : -1);
      return look && free;
    case 'Delete': {
      const picture = selectedPicture(app);
      if (!look || picture === undefined || picture.sample !== null) return false;
      app.removePictures([picture.id]);
      return true;
    }
    default:
      return false;
  }
}

/** The page's keys. A dialog that is open keeps its own. */
export function useKeys(choose: Choosers): void {
  const store = useAppStore();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || store.getState().dialog !== null) return;
      if (press(event, store, choose)) event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [store, choose]);
}
