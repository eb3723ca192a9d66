/** Chances that can be repeated: all of a case follows from its seed. */
import { fmix32 } from '../golden/recipe.ts';

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x9e3779b1) >>> 0;
    return fmix32(this.#state) / 2 ** 32;
  }

  /** Integer in [from, to). */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from));
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.int(0, items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}

/** The seed of case `i` of a list. */
export const caseSeed = (seed: number, i: number): number => fmix32(seed + Math.imul(i + 1, 0x85ebca77));
