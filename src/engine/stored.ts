/** A model of the shelf, opened and at the same time checked: its hashes are read again in a worker beside this one. */
import { type Model, type OpenOptions, openModel } from './model.ts';
import type { DevicePreference, ModelSource } from './protocol.ts';
import { holdOpen } from './store/locks.ts';
import { storedFiles, touchModel } from './store/shelf.ts';

/**
 * Reading for the hashes runs beside building and the session, so that the check takes hardly any time of its own;
 * nothing answers before it has passed. Throws 'not-stored', 'stored-damaged' and what openModel throws.
 */
export async function openStored(
  source: Extract<ModelSource, { kind: 'stored' }>,
  preference: DevicePreference,
  options: OpenOptions,
): Promise<Model> {
  const { manifest, files } = await storedFiles(source.id);
  const release = holdOpen(source.id);
  const checking = new AbortController();
  const signal = AbortSignal.any([options.signal, checking.signal]);
  const checked = check(source.id, signal).then(
    () => null,
    (cause: unknown) => ({ cause }),
  );
  try {
    const choices = source.choices ?? manifest.choices;
    const opening = openModel({ kind: 'files', files, ...(choices && { choices }) }, preference, options);
    opening.catch(() => undefined); // heard below, once the check is over
    const failed = await checked;
    // bytes that changed fail in many ways, or are read for ever; the check has the true reason, and waits for nothing
    if (failed) opening.then(({ network }) => network.release()).catch(() => undefined);
    rethrow(failed);
    const model = await opening;
    await touchModel(source.id).catch(() => undefined); // a full disk keeps no model from opening
    const network = {
      ...model.network,
      release: async () => {
        release();
        await model.network.release();
      },
    };
    return { ...model, network, info: { ...model.info, source: 'stored', name: manifest.name } };
  } catch (cause) {
    release();
    throw cause;
  } finally {
    checking.abort();
  }
}

async function check(id: string, signal: AbortSignal): Promise<void> {
  const { linkShelf } = await import('./shelf/link.ts');
  const link = linkShelf();
  try {
    await link.call('verify', { id }, { signal });
  } finally {
    link.dispose();
  }
}

function rethrow(failed: { readonly cause: unknown } | null): void {
  if (failed) throw failed.cause;
}
