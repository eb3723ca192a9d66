/** How alike two names are, and the likest of many. */

export interface Likest {
  /** Index of the name. */
  readonly at: number;
  /** In [0, 1]; 1 for the same words. */
  readonly likeness: number;
}

/**
 * Finds the likest of `names` (lower case, words parted by a space). Likeness is the Sørensen-Dice coefficient, twice
 * what two sets share over what they hold (Dice, Ecology 26 (1945) 297), of words or of pairs of neighbouring
 * characters, whichever is larger; between equals the other one decides, then the order. Indexed once: a query meets only
 * names that share something with it. Null where none does.
 */
export function likestOf(names: readonly string[]): (name: string) => Likest | null {
  const words = new Grams(names.map(wordsOf));
  const pairs = new Grams(names.map(pairsOf));
  return (name) => {
    const byWords = words.compare(wordsOf(name));
    const byPairs = pairs.compare(pairsOf(name));
    let best: Likest | null = null;
    let second = 0;
    for (const at of [...byWords.sharing, ...byPairs.sharing]) {
      const [word, pair] = [byWords.dice(at), byPairs.dice(at)];
      const likeness = Math.max(word, pair);
      const other = Math.min(word, pair);
      const by = likeness - (best?.likeness ?? 0) || other - second || (best?.at ?? at) - at;
      if (by <= 0) continue;
      best = { at, likeness };
      second = other;
    }
    return best;
  };
}

function wordsOf(name: string): Set<string> {
  return new Set(name.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []);
}

/** A name of one character is its own gram. */
function pairsOf(name: string): Set<string> {
  const text = [...wordsOf(name)].join(' ');
  if (text.length === 1) return new Set(text);
  return new Set(Array.from({ length: Math.max(0, text.length - 1) }, (_, i) => text.slice(i, i + 2)));
}

/** Sets of grams, looked up by the grams. */
class Grams {
  private readonly setsWith = new Map<string, number[]>();
  private readonly sizes: Int32Array;
  /** Grams that each set shares with the one it is compared with. */
  private readonly shared: Int32Array;

  constructor(sets: readonly ReadonlySet<string>[]) {
    this.sizes = Int32Array.from(sets, ({ size }) => size);
    this.shared = new Int32Array(sets.length);
    sets.forEach((grams, at) => {
      for (const gram of grams) {
        const list = this.setsWith.get(gram);
        if (list) list.push(at);
        else this.setsWith.set(gram, [at]);
      }
    });
  }

  /** The sets that share a gram with `grams`, and the coefficient of each set; good until the next comparison. */
  compare(grams: ReadonlySet<string>): { readonly sharing: readonly number[]; dice(at: number): number } {
    const { shared, sizes } = this;
    const sharing: number[] = [];
    shared.fill(0);
    for (const gram of grams) {
      for (const at of this.setsWith.get(gram) ?? []) {
        if (shared[at] === 0) sharing.push(at);
        shared[at] = (shared[at] ?? 0) + 1;
      }
    }
    return { sharing, dice: (at) => (2 * (shared[at] ?? 0)) / (grams.size + (sizes[at] ?? 0)) };
  }
}
