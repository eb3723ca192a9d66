/** The list of the built page's files, which the build writes into the service worker, and what their names say. */

import type { RuntimeBuild } from '../engine/protocol.ts';

/** The builds of ONNX Runtime, of which a browser needs one. */
export const RUNTIME_BUILDS: readonly RuntimeBuild[] = ['wasm', 'jspi', 'asyncify'];

export interface Site {
  /** Changes when any file, or the service worker itself, does. */
  readonly version: string;
  /** Files that index.html names and cannot start without. */
  readonly page: readonly string[];
  /** Name under the page's folder -> SHA-256 of its content, hex. */
  readonly files: Readonly<Record<string, string>>;
  /** Names of files that are kept from their first use on, not from the start. */
  readonly onUse: readonly string[];
}

/** What the page asks the service worker, with a port for the answer. */
export type Question =
  | { readonly kind: 'version' } // -> string
  | { readonly kind: 'keep'; readonly build: RuntimeBuild } // -> boolean: everything is there to start offline
  | { readonly kind: 'take-over' }; // no answer: the waiting worker becomes the active one

/** Larger files wait for their first use; the embedded model is used at once. */
const ON_USE_BYTES = 256 * 1024;

/** Which build of ONNX Runtime a file belongs to: 'assets/ort.jspi.bundle.min-2s50uCes.js' -> 'jspi'. */
export function runtimeOf(name: string): RuntimeBuild | null {
  if (!/^assets\/ort[.-]/.test(name)) return null;
  if (name.includes('.jspi')) return 'jspi';
  return name.includes('.asyncify') || name.includes('.webgpu') ? 'asyncify' : 'wasm';
}

/** True when the name carries a hash of the content, so that the content never changes. */
export const isHashed = (name: string): boolean => /^assets\/[^/]+-[\w-]{8}\.\w+$/.test(name);

/** 'never' for what no start of the page needs: notes, pictures for installing, rules for hosts. */
export function keptWhen(name: string, bytes: number): 'start' | 'use' | 'never' {
  if (/^screenshots\/|\.(md|map)$|^_|^sw\.js$|(^|\/)\./.test(name)) return 'never';
  if (runtimeOf(name) !== null) return 'use';
  return bytes > ON_USE_BYTES && !/^(assets|models)\//.test(name) ? 'use' : 'start';
}

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  png: 'image/png',
  svg: 'image/svg+xml',
  wasm: 'application/wasm',
  webmanifest: 'application/manifest+json',
  woff2: 'font/woff2',
};

/** The type of a file of ours by its name, whatever a host calls it. */
export const typeOf = (name: string): string =>
  TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
