/** Where keys are text, and a link is one. A switch is no field: after a click on it the single keys still work. */
export const inField = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest('input:not([type=radio], [type=checkbox]), select, textarea, [contenteditable]') !== null;
