/** Files shared from other programs: the service worker puts them down, the page it then opens picks them up. */

/** The parameter of the page's address that names a set of shared files. */
export const SHARED = 'shared';
/** Its value when the files could not be put down. */
export const LOST = 'lost';

const cacheName = (scope: string): string => `bit-lens-shared ${scope}`;
const NAME_HEADER = 'X-File-Name';

/** Puts files down; returns the word by which they are taken up again. Rejects when there is no room. */
export async function putShared(
  storage: CacheStorage,
  scope: string,
  files: readonly File[],
): Promise<string> {
  const id = crypto.randomUUID();
  const cache = await storage.open(cacheName(scope));
  for (const [index, file] of files.entries()) {
    const headers = { 'Content-Type': file.type, [NAME_HEADER]: encodeURIComponent(file.name) };
    await cache.put(`${scope}${SHARED}/${id}/${index}`, new Response(file, { headers }));
  }
  return id;
}

/** Takes files up, once: they are gone afterwards, and so is whatever was put down and never taken. */
export async function takeShared(storage: CacheStorage, scope: string, id: string): Promise<File[]> {
  const cache = await storage.open(cacheName(scope));
  const files: File[] = [];
  for (let index = 0; ; index++) {
    const found = await cache.match(`${scope}${SHARED}/${id}/${index}`);
    if (found === undefined) break;
    const type = found.headers.get('Content-Type') ?? '';
    const name = decodeURIComponent(found.headers.get(NAME_HEADER) ?? 'shared');
    files.push(new File([await found.blob()], name, { type }));
  }
  await storage.delete(cacheName(scope));
  return files;
}
