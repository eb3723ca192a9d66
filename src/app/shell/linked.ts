/** A picture at an address that a person pasted or dragged here: fetched from its host, if that lets this page read it. */
import type { App } from '../store.ts';
import { type Purpose, takeFiles } from './take.ts';

/** A photograph is some MB; what is far larger is none. */
const MAX_BYTES = 128 * 2 ** 20;
const TIMEOUT_MS = 60_000;

/** Why there is no picture: the host lets no other page read it or cannot be reached; or something else lies there. */
export type NoPicture = 'refused' | 'none';

/** Fetches it and takes it in like a dropped file; what becomes of it is told in notices. */
export async function takeAddress(app: App, address: URL, purpose?: Purpose): Promise<void> {
  const name = decoded(address.pathname.split('/').at(-1) ?? '') || address.host;
  app.tell({ kind: 'fetching', name: address.host });
  const picture = await pictureAt(address, name);
  app.retract('fetching');
  if (picture instanceof File) await takeFiles(app, [picture], purpose);
  else app.tell({ kind: 'no-picture', name: address.host, why: picture });
}

async function pictureAt(address: URL, name: string): Promise<File | NoPicture> {
  try {
    const response = await fetch(address, {
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const type = response.headers.get('content-type') ?? '';
    const size = Number(response.headers.get('content-length') ?? 0);
    if (!response.ok || !/^(image\/|application\/octet-stream|$)/.test(type) || size > MAX_BYTES) {
      await response.body?.cancel();
      return 'none';
    }
    const blob = await response.blob();
    return blob.size > MAX_BYTES ? 'none' : new File([blob], name, { type });
  } catch {
    return 'refused'; // the browser does not say which it was
  }
}

/** A name whose escapes are broken stays as it is written. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
