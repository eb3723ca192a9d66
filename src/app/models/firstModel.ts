import type { Kit } from '../store.ts';

/** Resolves when a model answers, or none could be opened. */
export function firstModel({ get, subscribe }: Pick<Kit, 'get' | 'subscribe'>): Promise<void> {
  const settled = (): boolean =>
    get().inUse !== null ||
    !get().models.some(({ state }) => state.kind === 'waiting' || state.kind === 'opening');
  return new Promise((resolve) => {
    if (settled()) return resolve();
    const end = subscribe(() => {
      if (!settled()) return;
      end();
      resolve();
    });
  });
}
