/** Where `work` took the focused element off the page, what `find` finds then has the focus, in place of nothing. */
export async function keepFocus(
  work: Promise<unknown>,
  find: () => HTMLElement | null | undefined,
): Promise<void> {
  await work;
  // the page follows within the frame
  requestAnimationFrame(() => {
    if (document.activeElement === document.body) find()?.focus();
  });
}
