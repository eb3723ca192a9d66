/** When the page may be reloaded: never under work, never over text that a person is typing. */
import type { App } from '../store.ts';

/** True while models open, pictures are answered, or some other work holds the page. */
export function isWorking({ held, batch, models }: App): boolean {
  if (held > 0 || (batch !== null && batch.ms === null)) return true;
  return models.some(({ state }) => state.kind === 'opening' || state.kind === 'waiting');
}

export interface Person {
  /** True once the person has done anything on the page. */
  touched(): boolean;
  /** True while a field that was typed in has the focus, or waits in a form to be sent. */
  typing(): boolean;
}

type Field = HTMLInputElement | HTMLTextAreaElement;
const NO_TEXT = ['checkbox', 'radio', 'range', 'file', 'button', 'submit'];

function isTextField(target: EventTarget | null): target is Field {
  return (
    target instanceof HTMLTextAreaElement ||
    (target instanceof HTMLInputElement && !NO_TEXT.includes(target.type))
  );
}

/** Watches what the person does on the page from now on. */
export function watchPerson(page: Document): Person {
  let touched = false;
  const typed = new Set<Field>();
  const touch = () => {
    touched = true;
  };
  for (const type of ['pointerdown', 'keydown', 'wheel', 'drop', 'paste'])
    page.addEventListener(type, touch, { capture: true, passive: true });
  page.addEventListener('input', ({ target }) => {
    if (isTextField(target)) typed.add(target);
  });
  const waits = (field: Field) =>
    field.isConnected && field.value !== '' && (field.form !== null || field === page.activeElement);
  return { touched: () => touched, typing: () => [...typed].some(waits) };
}
