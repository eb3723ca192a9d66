/**
 * A project as one zip file and back. Version 2: `project.json` (classes, options, examples without their bytes),
 * `features.bin` (float32, little-endian, each example's views in order), `thumbnails.bin` and `originals.bin` (one
 * behind the other; their sizes are in `project.json`). Version 1 had a member for each picture, which a zip without
 * zip64 has no room for; it is still read.
 */
import * as v from 'valibot';
import { readBytes } from '../../bit/checkpoint/bytes.ts';
import { memberStart, openZip, type ZipArchive } from '../../bit/checkpoint/zip.ts';
import { BitError, type NamedBlob } from '../../bit/index.ts';
import { parseJson } from '../../bit/json.ts';
import { MAX_CLASSES, MAX_EXAMPLES } from '../store/taught/changes.ts';
import type { ProjectRow, Rows, StoredExample } from '../store/taught/db.ts';
import { writeZip } from '../zip.ts';
import { MAX_NAME } from './names.ts';

const PROJECT = 'project.json';
const FEATURES = 'features.bin';
const THUMBNAILS = 'thumbnails.bin';
const ORIGINALS = 'originals.bin';
/** As many as version 1 could write. */
const MAX_MEMBERS = 65_535;
/** An example has 36 brackets, commas and colons. */
const MAX_MARKS = 50 * MAX_EXAMPLES;

export type Progress = (done: number, total: number) => void;

/** Writes the zip piece by piece. Throws 'export-limit' past 4 GB. */
export async function writeBackup(
  project: ProjectRow,
  examples: readonly StoredExample[],
  features: ReadonlyMap<string, readonly Float32Array<ArrayBuffer>[]>,
  original: (id: string) => Promise<Blob | null>,
  onProgress: Progress,
): Promise<Blob> {
  const { name, options, classes } = project;
  const listed: object[] = [];
  const originals: Blob[] = [];
  for (const { project: _, order: __, hasOriginal, thumbnail, ...rest } of examples) {
    const blob = hasOriginal ? await original(rest.id) : null; // a handle: its bytes are read when they are written
    if (blob) originals.push(blob);
    listed.push({ ...rest, thumbnail: thumbnail.length, original: blob?.size ?? null });
  }
  const json = { format: 'bit-lens-project', version: 2, name, options, classes, examples: listed };
  const members = [
    { name: PROJECT, blob: new Blob([JSON.stringify(json)]) },
    { name: FEATURES, blob: new Blob(examples.flatMap(({ id }) => features.get(id) ?? [])) },
    { name: THUMBNAILS, blob: new Blob(examples.map(({ thumbnail }) => thumbnail)) },
    { name: ORIGINALS, blob: new Blob(originals) },
  ];
  const total = sum(members, ({ blob }) => blob.size);
  // as they are: pictures do not get smaller
  return writeZip(members, { onBytes: (done) => onProgress(done, total) });
}

const text = v.pipe(v.string(), v.maxLength(MAX_NAME));
const id = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const commonOf = {
  format: v.literal('bit-lens-project'),
  name: text,
  options: v.object({ views: v.boolean(), originals: v.boolean(), balance: v.boolean() }),
  classes: v.pipe(v.array(v.object({ id, name: text })), v.maxLength(MAX_CLASSES)),
};
const commonOfExample = {
  id,
  classId: id,
  name: text,
  added: count,
  burst: v.nullable(text),
  thumbnailType: v.picklist(['image/jpeg', 'image/webp', 'image/png']),
  views: v.pipe(count, v.minValue(1), v.maxValue(64)),
  fromSmall: v.optional(v.boolean(), false),
  key: v.object({
    sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    name: text,
    preprocessing: v.pipe(v.string(), v.maxLength(10_000)),
    width: v.pipe(count, v.minValue(1), v.maxValue(65_536)),
  }),
};
const schema = v.variant('version', [
  v.object({
    ...commonOf,
    version: v.literal(1),
    examples: v.pipe(
      v.array(v.object({ ...commonOfExample, hasOriginal: v.boolean() })),
      v.maxLength(MAX_EXAMPLES),
    ),
  }),
  v.object({
    ...commonOf,
    version: v.literal(2),
    examples: v.pipe(
      v.array(v.object({ ...commonOfExample, thumbnail: count, original: v.nullable(count) })),
      v.maxLength(MAX_EXAMPLES),
    ),
  }),
]);
type Stored = v.InferOutput<typeof schema>;
type Stored1 = Extract<Stored, { version: 1 }>['examples'];
type Stored2 = Extract<Stored, { version: 2 }>['examples'];

export interface Restored {
  readonly id: string;
  readonly rows: Rows;
  readonly originals: readonly { readonly example: string; readonly blob: Blob }[];
}

/** Reads a backup as a new project, all of it or nothing. Throws 'teach-file', and what reading a zip throws. */
export async function readBackup(file: NamedBlob, onProgress: Progress): Promise<Restored> {
  const archive = await openZip(file, MAX_MEMBERS);
  const stored = await parseProject(archive);
  const { name, options, classes, examples } = stored;
  const known = new Set(classes.map((one) => one.id));
  const ids = new Set(examples.map((one) => one.id));
  if (
    known.size !== classes.length ||
    ids.size !== examples.length ||
    examples.some((one) => !known.has(one.classId))
  )
    throw broken(file.name, 'has a picture without its class, or one id twice');
  const numbers = await piecesOf(archive, FEATURES, featureBytes(examples));
  const pictures =
    stored.version === 1
      ? picturesOf1(archive, stored.examples)
      : await picturesOf2(archive, stored.examples);
  const project = crypto.randomUUID();
  const rows: { examples: Rows['examples'][number][]; features: Rows['features'][number][] } = {
    examples: [],
    features: [],
  };
  const originals: { example: string; blob: Blob }[] = [];
  for (const [order, example] of examples.entries()) {
    const { thumbnail, original } = await pictures(order);
    const { id, classId, name, added, burst, thumbnailType, views, fromSmall, key } = example;
    const row: StoredExample = {
      project,
      id,
      order,
      classId,
      name,
      added,
      burst,
      thumbnail: new Uint8Array(thumbnail),
      thumbnailType,
      hasOriginal: original !== null,
      key,
      views,
      fromSmall,
    };
    rows.examples.push({ id, row });
    const bytes = await numbers(4 * views * key.width);
    for (let view = 0; view < views; view++) {
      const at = 4 * key.width * view;
      const features = new Float32Array(bytes.slice(at, at + 4 * key.width)); // a row of its own
      if (!features.every(Number.isFinite)) throw broken(file.name, 'has features that are no numbers');
      rows.features.push({ example: id, view, row: { project, example: id, view, features } });
    }
    if (original) originals.push({ example: id, blob: new Blob([original]) });
    onProgress(order + 1, examples.length);
  }
  const row: ProjectRow = {
    id: project,
    name,
    options,
    classes,
    changed: Date.now(),
    revision: 1,
    examples: examples.length,
  };
  return { id: project, rows: { project: row, ...rows }, originals };
}

async function parseProject(archive: ZipArchive): Promise<Stored> {
  const json = new TextDecoder().decode(await wholeOf(archive, PROJECT));
  const parsed = v.safeParse(schema, parseJson(json, archive.file, MAX_MARKS), { abortEarly: true });
  if (parsed.success) return parsed.output;
  const where = v.getDotPath(parsed.issues[0]) ?? 'format';
  throw broken(archive.file, `is no backup of this page, or of a newer version (${where})`);
}

/** Bytes of the pictures of the example at a place; asked for in the order of examples. */
type Pictures = (at: number) => Promise<{ thumbnail: ArrayBuffer; original: ArrayBuffer | null }>;

function picturesOf1(archive: ZipArchive, examples: Stored1): Pictures {
  return async (at) => ({
    thumbnail: await wholeOf(archive, `thumbnails/${at}`),
    original: examples[at]?.hasOriginal ? await wholeOf(archive, `originals/${at}`) : null,
  });
}

async function picturesOf2(archive: ZipArchive, examples: Stored2): Promise<Pictures> {
  const thumbnails = await piecesOf(
    archive,
    THUMBNAILS,
    sum(examples, (one) => one.thumbnail),
  );
  const originals = await piecesOf(
    archive,
    ORIGINALS,
    sum(examples, (one) => one.original ?? 0),
  );
  return async (at) => {
    const { thumbnail = 0, original = null } = examples[at] ?? {};
    return {
      thumbnail: await thumbnails(thumbnail),
      original: original === null ? null : await originals(original),
    };
  };
}

async function wholeOf(archive: ZipArchive, name: string): Promise<ArrayBuffer> {
  const { start, end } = await placeOf(archive, name);
  return readBytes(archive.blob, start, end, archive.file);
}

/** Reads a member of `wanted` bytes piece by piece: all at once may be more than the memory holds. */
async function piecesOf(
  archive: ZipArchive,
  name: string,
  wanted: number,
): Promise<(size: number) => Promise<ArrayBuffer>> {
  const { start, end } = await placeOf(archive, name);
  if (end - start !== wanted)
    throw broken(archive.file, `has ${end - start} bytes of ${name}; its pictures have ${wanted}`);
  let at = start;
  return (size) => {
    const from = at;
    at += size;
    return readBytes(archive.blob, from, at, archive.file);
  };
}

async function placeOf(archive: ZipArchive, name: string): Promise<{ start: number; end: number }> {
  const found = archive.members.get(name);
  if (!found || found.deflated) throw broken(archive.file, `lacks ${name}`);
  const start = await memberStart(archive, found);
  return { start, end: start + found.size };
}

const featureBytes = (examples: readonly Pick<StoredExample, 'views' | 'key'>[]): number =>
  sum(examples, ({ views, key }) => 4 * views * key.width);

const sum = <T>(all: readonly T[], sizeOf: (one: T) => number): number =>
  all.reduce((total, one) => total + sizeOf(one), 0);

function broken(file: string, why: string): BitError {
  return new BitError('teach-file', why, { file });
}
