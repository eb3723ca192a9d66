/** Copies of the built page that pass for other versions of it. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dist } from './build.mjs';

export class Versions {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'bit-lens-'));

  /** A copy of dist/ whose index.html says `version` in a meta element and whose service worker knows it by that name. */
  make(version: string): string {
    const copy = path.join(this.#folder, version);
    cpSync(dist, copy, { recursive: true });
    edit(path.join(copy, 'sw.js'), (text) => text.replace(/(version:\s*[`"'])\w+/, `$1${version}`));
    edit(path.join(copy, 'index.html'), (text) =>
      text.replace('</head>', `<meta name="version" content="${version}"></head>`),
    );
    return copy;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** Rewrites a file; throws where that changes nothing. */
function edit(file: string, change: (text: string) => string): void {
  const before = readFileSync(file, 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`${file} is not what was expected`);
  writeFileSync(file, after);
}
