/** The open model's backbone with a taught head, as a file to take away. */
import {
  BitError,
  type ExportSource,
  modelFolder,
  type NamedBlob,
  onnxFile,
  openCheckpoint,
  stageWidths,
  type TaughtHead,
  writeHeadFile,
} from '../bit/index.ts';
import type { Model } from './model.ts';
import type { ExportForm, ExportProgress } from './protocol.ts';
import { siteFiles } from './site.ts';
import { writeZip } from './zip.ts';

export interface ExportCall {
  readonly taught: TaughtHead;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ExportProgress) => void;
}

/**
 * Throws 'head-backbone' for someone else's network or a head of another width, 'export-limit', 'network' where the
 * site's own files cannot be had, 'aborted', and what reading the checkpoint throws.
 */
export async function exportModel(model: Model, form: ExportForm, call: ExportCall): Promise<Blob> {
  const { taught, signal } = call;
  const { config, processor, checkpoint } = model;
  const width = taught.head.weight.length / taught.head.labels.length;
  if (checkpoint === null || width !== stageWidths(config).at(-1))
    throw new BitError('head-backbone', 'the open model is not what these classes were taught on');
  const source = { config, processor, checkpoint };
  if (form === 'onnx') return onnxFile(source, taught, { signal, onProgress: values(call) });
  return form === 'folder'
    ? zipped(await checkedFolder(source, call), `${fileName(taught.name)}/`, call)
    : page(model, source, call);
}

/** Values of weights written, as a share of the first half: packing them is the other. */
const values =
  ({ onProgress }: ExportCall) =>
  (done: number, total: number): void =>
    onProgress({ done, total });

/** The folder, after it was read back by the strict reader. */
async function checkedFolder(source: ExportSource, call: ExportCall): Promise<NamedBlob[]> {
  const files = await modelFolder(source, call.taught, { signal: call.signal, onProgress: values(call) });
  await openCheckpoint(files.filter(({ name }) => !name.endsWith('.md')));
  return files;
}

function zipped(
  files: readonly NamedBlob[],
  folder: string,
  { signal, onProgress }: ExportCall,
): Promise<Blob> {
  const total = files.reduce((sum, { blob }) => sum + blob.size, 0);
  return writeZip(
    files.map(({ name, blob }) => ({ name: folder + name, blob })),
    { signal, onBytes: (done) => onProgress({ done, total }) },
  );
}

/** A copy of this site that answers by the taught head: the head lies in its page, another backbone than the built-in one beside it. */
async function page(model: Model, source: ExportSource, call: ExportCall): Promise<Blob> {
  const { signal, onProgress, taught } = call;
  const embedded = model.info.source === 'embedded';
  const folder = embedded ? [] : await checkedFolder(source, call);
  const head = await writeHeadFile(taught);
  const content = embedded
    ? { head: base64(new Uint8Array(await head.arrayBuffer())) }
    : { model: folderName(taught.name), name: taught.name };
  const site = await siteFiles(content, signal);
  const total = site.bytes + folder.reduce((sum, { blob }) => sum + blob.size, 0);
  async function* all(): AsyncGenerator<NamedBlob> {
    yield* site.files();
    for (const { name, blob } of folder) yield { name: folderName(taught.name) + name, blob };
    yield { name: 'head.safetensors', blob: head }; // for whoever has the zip and wants the classes elsewhere
  }
  return writeZip(all(), {
    signal,
    onBytes: (done) => onProgress({ done: Math.min(done, total), total }),
    deflate: (name) => /\.(wasm|js|css|json|html|svg|tsv|md)$/.test(name),
  });
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000)
    text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}

/** The folder of a copied page's own model; the shelf calls the model so. */
const folderName = (name: string): string =>
  `taught-${name.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 60) || 'classes'}/`;

/** A project's name as a folder's name on any system. */
export const fileName = (name: string): string => name.replace(/[^\p{L}\p{N} _.-]/gu, '').trim() || 'classes';
