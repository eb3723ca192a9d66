/** Readers that do what none may, each in its own way: the fuzzer must say so of every one. */
import type { Checkpoint, TensorInfo } from '../../src/bit/checkpoint/checkpoint.ts';
import { BitError } from '../../src/bit/errors.ts';
import type { Bytes } from './files.ts';
import type { Format } from './formats.ts';

const of = (open: (bytes: Bytes) => Checkpoint | null): Format => ({
  seeds: [{ bytes: Uint8Array.of(1, 2, 3, 4) }],
  open: async (bytes) => open(bytes),
});
/** Only what is damaged is treated badly, so that the true files can be opened first. */
const isTrue = (bytes: Bytes): boolean => bytes.length === 4 && bytes.every((byte, i) => byte === i + 1);
const kept: unknown[] = [];

function liar(shape: readonly number[]): Checkpoint {
  const info: TensorInfo = { name: 'w', dtype: 'F32', shape };
  const read = async (): Promise<Float32Array> => new Float32Array(2);
  const stored = async (): Promise<never> => {
    throw new BitError('checkpoint-tensor', 'none');
  };
  return { format: 'memory', file: 'x', tensors: new Map([['w', info]]), stored, read };
}

export const formats: Readonly<Record<string, Format>> = {
  untyped: of((bytes) => {
    if (!isTrue(bytes)) throw new TypeError('undefined is not a function');
    return null;
  }),
  hang: of((bytes) => {
    for (let i = 0; !isTrue(bytes); i++) if (i < 0) break;
    return null;
  }),
  claim: of((bytes) => {
    if (!isTrue(bytes)) new Uint8Array(2 ** 24);
    return null;
  }),
  objects: of((bytes) => {
    if (!isTrue(bytes)) kept.push(Array.from({ length: 500_000 }, (_, i) => ({ i })));
    return null;
  }),
  length: of((bytes) => (isTrue(bytes) ? null : liar([3]))),
  huge: of((bytes) => (isTrue(bytes) ? null : liar([2 ** 40]))),
  unprintable: of((bytes) => {
    if (!isTrue(bytes)) throw Object.assign(new BitError('config-json', ''), { message: 'a\u202eb' });
    return null;
  }),
};
