import { useEffect } from 'react';
import { VIEWS } from '../classify/look.ts';
import { canMap } from '../classify/maps.ts';
import { selectedPicture } from '../classify/picture.ts';
import { modelOpening } from '../models/models.ts';
import { type AppStore, useAppStore } from '../store.ts';
import { inField } from './fields.ts';

/** What a key press asks for beyond the store: the file choosers live in the page. */
export interface Choosers {
  readonly pictures: () => void;
  readonly folder: () => void;
}

/** Fields of text; the range of the "not sure" line is none. */
const inText = (target: EventTarget | null) =>
  inField(target) && !(target instanceof HTMLInputElement && target.type === 'range');

/** Where the space bar does something of its own. */
const takesSpace = (target: EventTarget | null) =>
  target instanceof Element && target.closest('button, a, summary, input, [role=button]') !== null;

/** Esc stops what a person started: the camera, opening another model, or a queue of own pictures. */
function stop(store: AppStore): void {
  const app = store.getState();
  const opening = modelOpening(app);
  if (app.live !== null) app.closeCamera();
  else if (opening !== undefined && app.inUse !== null) app.cancelOpening(opening.id);
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
    // in text it ends what is being typed, and no work
    if (inText(event.target)) return false;
    stop(store);
    return true;
  }
  if (!app.singleKeys || inField(event.target)) return false;
  const free =
    event.target === document.body ||
    (event.target instanceof Element && event.target.closest('.tray') !== null);
  const look = app.place === 'look';
  const onPicture = look && app.view === 'picture';
  if (onPicture && /^[1-5]$/.test(event.key)) {
    const picture = selectedPicture(app);
    const score = (picture?.answer ?? picture?.stored)?.scores[Number(event.key) - 1];
    if (score === undefined || !canMap(app)) return false;
    app.showMap(score.index);
    return true;
  }
  switch (event.key) {
    case ' ':
      if (!onPicture || app.overlay === 'off' || takesSpace(event.target)) return false;
      app.setBare(true);
      return true;
    case 'h':
    case 'H':
      if (!onPicture || !canMap(app)) return false;
      app.nextOverlay();
      return true;
    case '?':
      app.show('help');
      return true;
    case 'm':
    case 'M':
      app.show('picker');
      return true;
    case 'v':
    case 'V':
      if (look) app.setView(VIEWS[(VIEWS.indexOf(app.view) + 1) % VIEWS.length] ?? 'picture');
      return look;
    case '/': {
      const field = document.getElementById('find');
      field?.focus();
      return field !== null;
    }
    case 't':
    case 'T': {
      const picture = selectedPicture(app);
      if (!onPicture || picture === undefined || picture.blob === null) return false;
      void app.teachPicture(picture);
      return true;
    }
    case 'e':
    case 'E':
      if (!look || app.own.length === 0) return false;
      app.show('export');
      return true;
    case 'o':
      choose.pictures();
      return true;
    case 'O':
      choose.folder();
      return true;
    case 'j':
    case 'k':
      if (onPicture) app.step(event.key === 'j' ? 1 : -1);
      return onPicture;
    case 'ArrowDown':
    case 'ArrowUp':
      if (onPicture && free) app.step(event.key === 'ArrowDown' ? 1 : -1);
      return onPicture && free;
    case 'Delete': {
      const picture = selectedPicture(app);
      if (!look || app.view === 'score' || picture === undefined || picture.sample !== null) return false;
      if (picture.id === app.live?.id) return false;
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
    const onKeyUp = (event: KeyboardEvent) => {
      if (event.key === ' ') store.getState().setBare(false);
    };
    const onBlur = () => store.getState().setBare(false); // the key may be let go in another window
    document.addEventListener('keydown', onKey);
    document.addEventListener('keyup', onKeyUp);
    window.addEventListener('blur', onBlur);
    return () => {
      document.removeEventListener('keydown', onKey);
      document.removeEventListener('keyup', onKeyUp);
      window.removeEventListener('blur', onBlur);
    };
  }, [store, choose]);
}
