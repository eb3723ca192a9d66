/** The formats that are fuzzed: small true files to damage, files built to lie, and the reader. A new one is a line. */
import type fc from 'fast-check';
import type { Checkpoint } from '../../src/bit/checkpoint/checkpoint.ts';
import { withCanonicalNames } from '../../src/bit/checkpoint/names.ts';
import { openNpz } from '../../src/bit/checkpoint/npz.ts';
import { openCheckpoint } from '../../src/bit/checkpoint/open.ts';
import { openSafetensors } from '../../src/bit/checkpoint/safetensors.ts';
import { isShardIndex, openShards } from '../../src/bit/checkpoint/shards.ts';
import { openTorchLegacy, openTorchZip } from '../../src/bit/checkpoint/torch.ts';
import { openZip } from '../../src/bit/checkpoint/zip.ts';
import { parseBitConfig } from '../../src/bit/config.ts';
import { BitError } from '../../src/bit/errors.ts';
import { parseProcessorConfig } from '../../src/bit/image/processor-config.ts';
import { modelConfig } from '../../src/bit/infer.ts';
import { parseJsonBlob } from '../../src/bit/json.ts';
import { labelsIn, labelsOfFile, processorIn, sizeIn } from '../../src/bit/onnx/hints.ts';
import { openOnnx } from '../../src/bit/onnx/open.ts';
import type { Bytes } from './files.ts';
import { configLies, npyLies, onnxLies, pickleLies, safetensorsLies, zipLies } from './lies.ts';
import {
  configSeeds,
  npySeeds,
  OUTSIDE,
  onnxSeeds,
  pickleSeeds,
  SHARD,
  safetensorsSeeds,
  zipSeeds,
} from './seeds.ts';

export interface Seed {
  readonly bytes: Bytes;
  /** Makes a file of the mutant, where only a part of the file is to be damaged: checksums and sizes stay true. */
  readonly wrap?: (mutant: Bytes) => Bytes;
}

export interface Format {
  readonly seeds: readonly Seed[];
  readonly lies?: fc.Arbitrary<Bytes>;
  /** Opens a file as a person's drop would; the tensors of the checkpoint, if there is one, are read afterwards. */
  readonly open: (bytes: Bytes, blob: (bytes: Bytes) => Blob) => Promise<Checkpoint | null>;
}

export const formats: Readonly<Record<string, Format>> = {
  safetensors: { seeds: safetensorsSeeds, lies: safetensorsLies, open: openOneSafetensors },
  pickle: { seeds: pickleSeeds, lies: pickleLies, open: openPickle },
  zip: { seeds: zipSeeds, lies: zipLies, open: openDropped },
  npy: { seeds: npySeeds, lies: npyLies, open: openArrays },
  config: { seeds: configSeeds, lies: configLies, open: openConfig },
  onnx: { seeds: onnxSeeds, lies: onnxLies, open: openClassifier },
};

async function openOneSafetensors(bytes: Bytes, blob: (bytes: Bytes) => Blob): Promise<Checkpoint> {
  return described(await openSafetensors({ name: 'model.safetensors', blob: blob(bytes) }));
}

/** A zip is one by its first byte; all else is taken for the older stream. */
async function openPickle(bytes: Bytes, blob: (bytes: Bytes) => Blob): Promise<Checkpoint> {
  const file = { name: 'pytorch_model.bin', blob: blob(bytes) };
  return described(bytes[0] === 0x50 ? await openTorchZip(await openZip(file)) : await openTorchLegacy(file));
}

async function openDropped(bytes: Bytes, blob: (bytes: Bytes) => Blob): Promise<Checkpoint> {
  return (await openCheckpoint([{ name: 'file', blob: blob(bytes) }])).checkpoint;
}

async function openArrays(bytes: Bytes, blob: (bytes: Bytes) => Blob): Promise<Checkpoint> {
  return described(await openNpz(await openZip({ name: 'model.npz', blob: blob(bytes) })));
}

/** One JSON is read as all that it may be. */
async function openConfig(bytes: Bytes, blob: (bytes: Bytes) => Blob): Promise<Checkpoint | null> {
  const file = 'config.json';
  const json = await parseJsonBlob(blob(bytes), file);
  const part = { name: 'one.safetensors', blob: blob(SHARD) };
  if (isShardIndex(json)) return openShards({ json, file }, [part], openSafetensors);
  const checkpoint = withCanonicalNames(await openSafetensors(part));
  const all: (() => unknown)[] = [
    () => parseProcessorConfig(json, file),
    () => modelConfig({ checkpoint, timmJson: { json, file } }),
    () => modelConfig({ checkpoint, configJson: { json, file } }),
  ];
  for (const read of all) attempt(read);
  parseBitConfig(json, file);
  return null;
}

/** Someone else's classifier, with the weights that it keeps outside, and what its metadata tell. */
async function openClassifier(bytes: Bytes, blob: (bytes: Bytes) => Blob): Promise<null> {
  const file = { name: 'model.onnx', blob: blob(bytes) };
  const opened = await openOnnx([file, { name: OUTSIDE, blob: blob(new Uint8Array(64)) }]);
  await labelsOfFile(file);
  if (!opened) throw new BitError('checkpoint-unknown', 'no model');
  const { metadata } = opened.model;
  for (const read of [sizeIn, labelsIn]) read(metadata);
  processorIn(metadata, file.name);
  return null;
}

/** Under canonical names and with an inferred config, where there is a BiT in it. */
function described(checkpoint: Checkpoint): Checkpoint {
  const named = attempt(() => withCanonicalNames(checkpoint));
  if (named) attempt(() => modelConfig({ checkpoint: named }));
  return named ?? checkpoint;
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof BitError) return null;
    throw error;
  }
}
