/** The headers that a good host would send: isolation, and what scripts may do. */

/**
 * Isolation gives SharedArrayBuffer, so WASM threads. require-corp and not credentialless, which Safari lacks: all that
 * the page takes from other hosts it takes with CORS, which both allow. The files may be embedded anywhere.
 */
export const ISOLATION: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

/**
 * Scripts from this site only, and WebAssembly. Downloads may come from any host, since a person may name any (http too:
 * a page of a lab's own server may ask its own file server).
 */
export const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "manifest-src 'self'",
  'connect-src * blob: data:',
  "base-uri 'none'",
  "form-action 'self'",
  "object-src 'none'",
].join('; ');

/** A response of this site with the isolation headers; a worker's script gets the policy, which the page's meta element does not give it. */
export function withHeaders(response: Response, destination: RequestDestination): Response {
  if (response.status === 0) return response; // a redirect that the browser follows itself
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
  if (destination === 'worker') headers.set('Content-Security-Policy', POLICY);
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
