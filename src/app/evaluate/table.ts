/** A table of file names and classes, as CSV, for the pictures of the set. Loaded when one comes. */
import Papa from 'papaparse';
import type { Picture } from '../classify/picture.ts';

export interface TableRead {
  /** Lines with a file and a class. */
  readonly lines: number;
  /** Of them, those that name a picture of the set. */
  readonly matched: number;
}

/** What columns of files are called, the clearest names first. */
const FILES = [
  /^(file|file[ _-]?(name|path)|path|image[ _-]?path)$/i,
  /^(image|picture|image[ _-]?(id|name)|name|id)$/i,
];
const CLASS = /^(label|class|class[ _-]?(name|label)|target|truth|category|answer|synset)$/i;

/** A path as pictures have it: slashes, nothing before the first folder. */
const plainPath = (text: string): string =>
  text
    .trim()
    .replace(/\\/g, '/')
    .replace(/^(\.?\/)+/, '');

/** Spreadsheets are kept from computing a cell by an apostrophe before it. */
const plainCell = (text: string): string => text.trim().replace(/^'(?=[=+\-@])/, '');

/** Which columns hold the file and the class: as the first line calls them, else the first two. */
function columnsOf(first: readonly string[]): { file: number; name: number; header: boolean } {
  const cells = first.map((cell) => cell.trim());
  const name = cells.findIndex((cell) => CLASS.test(cell));
  const file = FILES.map((called) => cells.findIndex((cell, i) => i !== name && called.test(cell))).find(
    (at) => at >= 0,
  );
  return file !== undefined && name >= 0 ? { file, name, header: true } : { file: 0, name: 1, header: false };
}

/**
 * What each picture shows by the table, by its id. A picture is found by its path, by the end of it, or by its bare name
 * where that is the only one; the last line on a picture counts.
 */
export function truthsBy(
  text: string,
  pictures: readonly Pick<Picture, 'id' | 'path' | 'name'>[],
): TableRead & { readonly truths: ReadonlyMap<number, string> } {
  const { data } = Papa.parse<string[]>(text.replace(/^\uFEFF/, ''), { skipEmptyLines: 'greedy' });
  const { file, name, header } = columnsOf(data[0] ?? []);
  const find = finder(pictures);
  const truths = new Map<number, string>();
  let lines = 0;
  let matched = 0;
  for (const row of header ? data.slice(1) : data) {
    const path = plainPath(plainCell(row[file] ?? ''));
    const truth = plainCell(row[name] ?? '');
    if (path === '' || truth === '') continue;
    lines++;
    const id = find(path);
    if (id === undefined) continue;
    matched++;
    truths.set(id, truth);
  }
  return { lines, matched, truths };
}

/** Path to id, where only one picture fits. */
function finder(
  pictures: readonly Pick<Picture, 'id' | 'path' | 'name'>[],
): (path: string) => number | undefined {
  const byEnd = new Map<string, number | null>();
  for (const { id, path } of pictures) {
    const parts = path.split('/');
    for (let from = 0; from < parts.length; from++) {
      const end = parts.slice(from).join('/');
      // an end that two pictures share names neither, but a whole path always does
      byEnd.set(end, byEnd.has(end) && from > 0 ? null : id);
    }
  }
  return (path) => {
    const parts = path.split('/');
    // what the table writes before the set's own folder is not known here
    for (let from = 0; from < parts.length; from++) {
      const id = byEnd.get(parts.slice(from).join('/'));
      if (id != null) return id;
    }
    return undefined;
  };
}
