import { afterEach, expect, test, vi } from 'vitest';
import { fetchEmbedded } from './embedded.ts';

afterEach(() => vi.unstubAllGlobals());

/** The host of the page, answering every file alike. */
function host(answer: () => Promise<Response>): void {
  vi.stubGlobal('self', { location: { href: 'https://host.test/assets/worker.js' } });
  vi.stubGlobal('fetch', answer);
}

test.each<[string, () => Promise<Response>, string]>([
  ['is not reached', () => Promise.reject(new TypeError('failed')), 'could not be fetched'],
  ['does not have the file', async () => new Response('', { status: 404 }), '404'],
  [
    'gives its front page instead',
    async () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } }),
    'web page',
  ],
])('a host that %s', async (_, answer, why) => {
  host(answer);
  await expect(fetchEmbedded(new AbortController().signal, () => undefined)).rejects.toMatchObject({
    name: 'BitError',
    code: 'network',
    message: expect.stringContaining(why),
  });
});
