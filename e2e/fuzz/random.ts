/** A small generator that gives the same numbers for the same seed everywhere (mulberry32). */
export class Random {
  private state: number;

  constructor(...seeds: readonly number[]) {
    this.state = 0;
    for (const seed of seeds) this.state = Math.imul(this.state ^ seed, 0x9e3779b1) ^ (this.state >>> 15);
  }

  /** 0 to 2^32 - 1. */
  u32(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** 0 to n - 1; 0 for n = 0. */
  below(n: number): number {
    return n > 0 ? this.u32() % n : 0;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}
