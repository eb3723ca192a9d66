/** Mutant number k of a format under a seed: always the same, so that any one can be made again. */
import fc from 'fast-check';
import type { Bytes } from './files.ts';
import type { Format } from './formats.ts';
import { mutate } from './mutate.ts';
import { Random } from './random.ts';

/** Each eighth is a file built to lie, the others are damaged ones. */
const LIE_EVERY = 8;
/** Lies are made in batches: starting fast-check costs more than a lie. */
const BATCH = 64;

export class Mutants {
  private readonly format: Format;
  private readonly seed: number;
  private batch: readonly Bytes[] = [];
  private batchNumber = -1;

  constructor(format: Format, seed: number) {
    this.format = format;
    this.seed = seed;
  }

  at(k: number): Bytes {
    const { lies, seeds } = this.format;
    if (lies && k % LIE_EVERY === 0) return this.lie(k / LIE_EVERY, lies);
    const random = new Random(this.seed, k);
    const { bytes, wrap } = random.pick(seeds);
    const mutant = mutate(
      bytes,
      random,
      seeds.map((seed) => seed.bytes),
    );
    return wrap ? wrap(mutant) : mutant;
  }

  private lie(n: number, lies: fc.Arbitrary<Bytes>): Bytes {
    const number = Math.floor(n / BATCH);
    if (number !== this.batchNumber) {
      const seed = new Random(this.seed, number).u32() | 0;
      this.batch = fc.sample(lies, { seed, numRuns: BATCH });
      this.batchNumber = number;
    }
    return this.batch[n % BATCH] ?? new Uint8Array();
  }
}
