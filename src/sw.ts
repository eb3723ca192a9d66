/**
 * The service worker, one for everything: the page starts from kept files without a network, gets the headers that its
 * host does not send, and takes shared files. It answers only for files of the built page: downloads of weights, ranges
 * and other hosts are none of its business, since a download that it passed on would die when the browser stops it.
 */
import { withHeaders } from './sw/headers.ts';
import { createKeep } from './sw/keep.ts';
import type { FetchEvent, ServiceWorkerScope } from './sw/scope.ts';
import { LOST, putShared, SHARED } from './sw/share.ts';
import { isHashed, type Question, RUNTIME_BUILDS, type Site } from './sw/site.ts';

/** Written by the build. */
declare const SITE: Site;

const site = SITE; // once: each mention would be the whole list
const worker = self as unknown as ServiceWorkerScope;
const scope = worker.registration.scope;
const keep = createKeep({ site, scope, storage: caches, load: (url, init) => fetch(url, init) });

worker.addEventListener('install', (event) => event.waitUntil(keep.install()));

worker.addEventListener('activate', (event) =>
  event.waitUntil(worker.clients.claim().then(() => dropOlder(1))),
);

/** Old files go once no other tab can be running them. */
async function dropOlder(tabs: number): Promise<void> {
  const open = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (open.length <= tabs) await keep.dropOlder();
}

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  const home = new URL(scope);
  if (origin !== home.origin || !pathname.startsWith(home.pathname)) return;
  const name = decodeURI(pathname.slice(home.pathname.length));
  if (request.method === 'POST' && name === 'share') event.respondWith(share(request));
  if (request.method !== 'GET' || request.headers.has('range')) return;
  if (request.mode === 'navigate') {
    event.respondWith(navigate(event, name));
  } else if (Object.hasOwn(site.files, name)) {
    const response = site.onUse.includes(name) ? onUse(event, name) : atStart(event, name);
    event.respondWith(response.then((found) => withHeaders(found, request.destination)));
  } else if (isHashed(name)) {
    const response = keep.older(name).then((found) => found ?? fetch(request));
    event.respondWith(response.then((found) => withHeaders(found, request.destination)));
  }
});

/** The page itself from what is kept; what else lies under its path from the network, or the page when there is none. */
async function navigate(event: FetchEvent, name: string): Promise<Response> {
  event.waitUntil(dropOlder(0));
  const { request } = event;
  if (name === '' || name === 'index.html') {
    event.waitUntil(lookForPage());
    return withHeaders((await keep.page()) ?? (await fetch(request)), request.destination);
  }
  try {
    return withHeaders(await fetch(request), request.destination);
  } catch {
    // no network: relative addresses hold only at the page's own address, so go there
    return Response.redirect(scope + new URL(request.url).search, 302);
  }
}

/** A copy of the site says in the page what it answers by, and that may change while the build does not: the next visit gets it. */
async function lookForPage(): Promise<void> {
  try {
    await keep.renewPage(await fetch(scope, { cache: 'no-cache' }));
  } catch (cause) {
    console.info('no news of the page', cause); // offline
  }
}

/** A file that every start needs. */
async function atStart({ request }: FetchEvent, name: string): Promise<Response> {
  return (await keep.file(name)) ?? fromHost(await fetch(request), name);
}

/** A file of many megabytes or little use: it streams from the host the first time, and its copy is kept. */
async function onUse(event: FetchEvent, name: string): Promise<Response> {
  const kept = await keep.kept(name);
  if (kept !== null) return kept;
  const response = fromHost(await fetch(event.request), name);
  if (response.ok) event.waitUntil(keep.copy(name, response.clone()).catch(notKept));
  return response;
}

/** What the host says, but never its front page in place of a missing file. */
function fromHost(response: Response, name: string): Response {
  const html = response.headers.get('content-type')?.includes('text/html') === true;
  return html && !name.endsWith('.html') && response.ok ? new Response(null, { status: 404 }) : response;
}

function notKept(cause: unknown): void {
  console.warn('not kept', cause); // the disk may be full: the page works all the same
}

/** Puts shared files down and opens the page, which takes them up. */
async function share(request: Request): Promise<Response> {
  let word = LOST;
  try {
    const files = [...(await request.formData()).values()].filter((value) => value instanceof File);
    word = await putShared(caches, scope, files);
  } catch (cause) {
    console.warn('the shared files could not be put down', cause);
  }
  return Response.redirect(`${scope}?${SHARED}=${word}`, 303);
}

worker.addEventListener('message', (event) => {
  const question = event.data as Question;
  const answer = (value: unknown): void => event.ports[0]?.postMessage(value);
  switch (question.kind) {
    case 'version':
      return answer(site.version);
    case 'take-over':
      return event.waitUntil(worker.skipWaiting());
    case 'keep': {
      const build = RUNTIME_BUILDS.find((known) => known === question.build);
      if (build === undefined) return answer(false);
      const kept = keep.runtime(build).then(() => true);
      return event.waitUntil(
        kept
          .catch((cause) => {
            notKept(cause);
            return false;
          })
          .then(answer),
      );
    }
  }
});
