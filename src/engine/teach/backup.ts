/**
 * A project as one zip file and back. Version 1: `project.json` (classes, options, examples without their bytes),
 * `features.bin` (float32, little-endian, each example's views in order), `thumbnails/N`, `originals/N`.
 */
import * as v from 'valibot';
import { readBytes } from '../../bit/checkpoint/bytes.ts';
import { memberStart, openZip, type ZipArchive } from '../../bit/checkpoint/zip.ts';
import { BitError, type NamedBlob } from '../../bit/index.ts';
import { parseJson } from '../../bit/json.ts';
import type { ProjectRow, Rows, StoredExample } from '../store/taught/db.ts';
import { writeZip } from '../zip.ts';

const VERSION = 1;
const PROJECT = 'project.json';
const FEATURES = 'features.bin';

export type Progress = (done: number, total: number) => void;

/** Writes the zip piece by piece. */
export async function writeBackup(
  project: ProjectRow,
  examples: readonly StoredExample[],
  features: ReadonlyMap<string, readonly Float32Array[]>,
  original: (id: string) => Promise<Blob | null>,
  onProgress: Progress,
): Promise<Blob> {
  const { name, options, classes } = project;
  const listed = examples.map(({ id, project: _, thumbnail: __, order: ___, ...rest }) => ({ ...rest, id }));
  const json = { format: 'bit-lens-project', version: VERSION, name, options, classes, examples: listed };
  const views = examples.flatMap(({ id }) => features.get(id) ?? []);
  const numbers = new Float32Array(views.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const view of views) {
    numbers.set(view, at);
    at += view.length;
  }
  async function* members(): AsyncGenerator<NamedBlob> {
    yield { name: PROJECT, blob: new Blob([JSON.stringify(json)]) };
    yield { name: FEATURES, blob: new Blob([numbers]) };
    for (const [i, example] of examples.entries()) {
      yield { name: `thumbnails/${i}`, blob: new Blob([Uint8Array.from(example.thumbnail)]) };
      const blob = example.hasOriginal ? await original(example.id) : null;
      if (blob) yield { name: `originals/${i}`, blob };
      onProgress(i + 1, examples.length);
    }
  }
  return writeZip(members()); // as they are: pictures do not get smaller
}

const text = v.pipe(v.string(), v.maxLength(512));
const id = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const schema = v.object({
  format: v.literal('bit-lens-project'),
  version: v.literal(VERSION),
  name: text,
  options: v.object({ views: v.boolean(), originals: v.boolean(), balance: v.boolean() }),
  classes: v.pipe(v.array(v.object({ id, name: text })), v.maxLength(1_000)),
  examples: v.pipe(
    v.array(
      v.object({
        id,
        classId: id,
        name: text,
        added: count,
        burst: v.nullable(text),
        thumbnailType: v.picklist(['image/jpeg', 'image/webp', 'image/png']),
        hasOriginal: v.boolean(),
        views: v.pipe(count, v.minValue(1), v.maxValue(64)),
        fromSmall: v.optional(v.boolean(), false),
        key: v.object({
          sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
          name: text,
          preprocessing: v.pipe(v.string(), v.maxLength(10_000)),
          width: v.pipe(count, v.minValue(1), v.maxValue(65_536)),
        }),
      }),
    ),
    v.maxLength(50_000),
  ),
});

export interface Restored {
  readonly id: string;
  readonly rows: Rows;
  readonly originals: readonly { readonly example: string; readonly blob: Blob }[];
}

/** Reads a backup as a new project, all of it or nothing. Throws 'teach-file', and what reading a zip throws. */
export async function readBackup(file: NamedBlob, onProgress: Progress): Promise<Restored> {
  const archive = await openZip(file);
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
  const numbers = await member(archive, FEATURES);
  const wanted = examples.reduce((sum, one) => sum + 4 * one.views * one.key.width, 0);
  if (numbers.byteLength !== wanted)
    throw broken(file.name, `has ${numbers.byteLength} bytes of features; its pictures have ${wanted}`);
  const project = crypto.randomUUID();
  const rows: { examples: Rows['examples'][number][]; features: Rows['features'][number][] } = {
    examples: [],
    features: [],
  };
  const originals: { example: string; blob: Blob }[] = [];
  let at = 0;
  for (const [order, example] of examples.entries()) {
    const thumbnail = new Uint8Array(await member(archive, `thumbnails/${order}`));
    rows.examples.push({ id: example.id, row: { ...example, project, order, thumbnail } });
    for (let view = 0; view < example.views; view++) {
      const features = new Float32Array(numbers.slice(at, at + 4 * example.key.width));
      if (!features.every(Number.isFinite)) throw broken(file.name, 'has features that are no numbers');
      at += 4 * example.key.width;
      rows.features.push({
        example: example.id,
        view,
        row: { project, example: example.id, view, features },
      });
    }
    if (example.hasOriginal)
      originals.push({ example: example.id, blob: new Blob([await member(archive, `originals/${order}`)]) });
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

async function parseProject(archive: ZipArchive): Promise<v.InferOutput<typeof schema>> {
  const json = new TextDecoder().decode(await member(archive, PROJECT));
  const parsed = v.safeParse(schema, parseJson(json, archive.file), { abortEarly: true });
  if (parsed.success) return parsed.output;
  const where = v.getDotPath(parsed.issues[0]) ?? 'format';
  throw broken(archive.file, `is no backup of this page, or of a newer version (${where})`);
}

async function member(archive: ZipArchive, name: string): Promise<ArrayBuffer> {
  const found = archive.members.get(name);
  if (!found || found.deflated) throw broken(archive.file, `lacks ${name}`);
  const start = await memberStart(archive, found);
  return readBytes(archive.blob, start, start + found.size, archive.file);
}

function broken(file: string, why: string): BitError {
  return new BitError('teach-file', why, { file });
}
