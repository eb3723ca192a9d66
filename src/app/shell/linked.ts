/** A picture at an address that a person pasted or dragged here: fetched from its host, if that lets this page read it. */
import { readAtMost } from '../../bit/stream.ts';
import type { App } from '../store.ts';
import { kindOf } from './kinds.ts';
import { takeFiles } from './take.ts';

/** A photograph is some MB; what is far larger is none. */
const MAX_BYTES = 128 * 2 ** 20;
const TIMEOUT_MS = 60_000;

/** Why there is no picture: the host lets no other page read it or cannot be reached; or something else lies there. */
export type NoPicture = 'refused' | 'none';

/** Fetches it and takes it in like a dropped file; what becomes of it is told in notices. */
export async function takeAddress(app: App, address: URL): Promise<void> {
  const name = decoded(address.pathname.split('/').at(-1) ?? '') || address.host;
  app.tell({ kind: 'fetching', name: address.host });
  const picture = await pictureAt(address, name);
  app.retract('fetching');
  if (picture instanceof File) await takeFiles(app, [picture]);
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
    if (!response.ok || !/^(image\/|application\/octet-stream|$)/.test(type)) {
      await response.body?.cancel();
      return 'none';
    }
    // counted as it comes: the header of a compressed one tells another size
    const blob = response.body && (await readAtMost(response.body, MAX_BYTES));
    if (blob === null) return 'none';
    const file = new File([blob], name, { type });
    // a model or a taught head is opened when a person gives the file, not because a host sent one
    return (await kindOf(file)) === 'picture' ? file : 'none';
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
