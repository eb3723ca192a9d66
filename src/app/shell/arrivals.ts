/** Files that come from outside of the page: opened with it in a file manager, or shared to it by another program. */
import { LOST, SHARED, takeShared } from '../../sw/share.ts';
import type { AppStore } from '../store.ts';
import { takeFiles } from './take.ts';

/** Of installed pages in desktop Chromium. */
interface LaunchQueue {
  setConsumer(consumer: (launch: { readonly files?: readonly FileSystemFileHandle[] }) => void): void;
}

/** Takes what has come, and what will; does nothing where the browser has neither way. */
export async function receiveFiles(store: AppStore, base: string): Promise<void> {
  if ('launchQueue' in window) {
    (window.launchQueue as LaunchQueue).setConsumer(({ files = [] }) => {
      if (files.length > 0) void takeLaunched(store, files);
    });
  }
  const url = new URL(location.href);
  const word = url.searchParams.get(SHARED);
  if (word === null) return;
  url.searchParams.delete(SHARED);
  history.replaceState(history.state, '', url); // a reload must not ask for them again
  const files = word === LOST ? [] : await takeShared(caches, new URL(base, document.baseURI).href, word);
  if (files.length > 0) await takeFiles(store.getState(), files);
  else store.getState().tell({ kind: 'share-lost' });
}

async function takeLaunched(store: AppStore, handles: readonly FileSystemFileHandle[]): Promise<void> {
  const files = await Promise.allSettled(handles.map((handle) => handle.getFile()));
  const read = files.flatMap((file) => (file.status === 'fulfilled' ? [file.value] : []));
  if (read.length < files.length) store.getState().tell({ kind: 'share-lost' }); // moved or removed meanwhile
  await takeFiles(store.getState(), read);
}
