/** Checkpoints on disk, made from integers: safetensors as Hugging Face names them, written tensor by tensor. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { type BitConfigFields, buildGraph } from '../../src/bit/index.ts';
import { madeTensor } from './made.ts';

/** Writes a BiT with its classifier as float32. Returns the file's size in bytes. */
export async function writeSafetensors(file: string, config: BitConfigFields): Promise<number> {
  const features = config.hidden_sizes.at(-1) ?? 0;
  const tensors = [
    ...buildGraph(config).weights.map(({ name, shape }) => ({ name: `bit.${name}`, shape })),
    { name: 'classifier.1.weight', shape: [config.num_labels, features] },
    { name: 'classifier.1.bias', shape: [config.num_labels] },
  ];
  let end = 0;
  const entries = tensors.map(({ name, shape }) => {
    const start = end;
    end += 4 * shape.reduce((a, b) => a * b, 1);
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const out = createWriteStream(file);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  out.write(length);
  out.write(header);
  for (const { name, shape } of tensors) {
    const values = madeTensor(name, shape);
    if (!out.write(new Uint8Array(values.buffer))) await once(out, 'drain');
  }
  out.end();
  await finished(out);
  return 8 + header.length + end;
}
