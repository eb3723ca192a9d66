/** The open model's backbone with a taught head, as a file to take away. */
import {
  BitError,
  base64,
  type ExportSource,
  fileName,
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
  const { taught, signal, onProgress } = call;
  const { config, processor, checkpoint } = model;
  const width = taught.head.weight.length / taught.head.labels.length;
  if (checkpoint === null || width !== stageWidths(config).at(-1))
    throw new BitError('head-backbone', 'the open model is not what these classes were taught on');
  const source = { config, processor, checkpoint };
  switch (form) {
    case 'onnx':
      return onnxFile(source, taught, { signal, onProgress: (done, total) => onProgress({ done, total }) });
    case 'folder':
      return zippedFolder(source, call);
    case 'page':
      return page(model, source, call);
  }
}

/** Making a zip of weights has two halves: writing the weights, and packing them. */
const half =
  ({ onProgress }: ExportCall, part: 0 | 1) =>
  (done: number, total: number): void =>
    onProgress({ done: part * total + Math.min(done, total), total: 2 * total });

/** The folder, after it was read back by the strict reader. */
async function checkedFolder(source: ExportSource, call: ExportCall): Promise<NamedBlob[]> {
  const files = await modelFolder(source, call.taught, { signal: call.signal, onProgress: half(call, 0) });
  await openCheckpoint(files.filter(({ name }) => !name.endsWith('.md')));
  return files;
}

async function zippedFolder(source: ExportSource, call: ExportCall): Promise<Blob> {
  const files = await checkedFolder(source, call);
  const total = sizeOf(files);
  const tell = half(call, 1);
  const named = files.map(({ name, blob }) => ({ name: `${fileName(call.taught.name)}/${name}`, blob }));
  return writeZip(named, { signal: call.signal, onBytes: (done) => tell(done, total) });
}

const sizeOf = (files: readonly NamedBlob[]): number => files.reduce((sum, { blob }) => sum + blob.size, 0);

/** A copy of this site that answers by the taught head: the head lies in its page, another backbone than the built-in one beside it. */
async function page(model: Model, source: ExportSource, call: ExportCall): Promise<Blob> {
  const { signal, taught } = call;
  const embedded = model.info.source === 'embedded';
  const folder = embedded ? [] : await checkedFolder(source, call);
  const head = await writeHeadFile(taught);
  const place = await folderName(taught.name, head);
  const content = embedded
    ? { head: base64(new Uint8Array(await head.arrayBuffer())) }
    : { model: place, name: taught.name };
  const site = await siteFiles(content, signal);
  const total = site.bytes + sizeOf(folder);
  const tell = half(call, 1);
  async function* all(): AsyncGenerator<NamedBlob> {
    yield* site.files();
    for (const { name, blob } of folder) yield { name: place + name, blob };
    yield { name: 'head.safetensors', blob: head }; // for whoever has the zip and wants the classes elsewhere
  }
  return writeZip(all(), {
    signal,
    onBytes: (done) => tell(done, total),
    deflate: (name) => /\.(wasm|js|css|json|html|svg|tsv|md)$/.test(name),
  });
}

/**
 * The folder of a copied page's own model; the shelf calls the model so. Another last layer has another address, so that
 * whoever has the page of before is asked for the new one.
 */
async function folderName(name: string, head: Blob): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await head.arrayBuffer()));
  const mark = Array.from(digest.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `taught-${name.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 60) || 'classes'}-${mark}/`;
}
