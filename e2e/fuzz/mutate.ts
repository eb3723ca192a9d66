/** What may happen to a file: bytes flipped, lost, doubled, or numbers in it that lie. Knows no format. */
import type { Bytes } from './files.ts';
import type { Random } from './random.ts';

/** Returns other bytes; `others` are further files to splice in. */
type Mutator = (bytes: Bytes, random: Random, others: readonly Bytes[]) => Bytes;

/** A mutant is a file after one to four of these. */
const MAX_STEPS = 4;
const MAX_BYTES = 2 ** 16;

/** Around every size at which a reader changes its mind. */
const INTERESTING: readonly bigint[] = [
  ...[0n, 1n, 2n, 4n, 7n, 8n, 9n, 63n, 64n, 127n, 128n, 255n, 256n, 512n, 513n, 10_000n, 20_000n, 20_001n],
  ...[0x7fffn, 0x8000n, 0xffffn, 0x10000n, 2n ** 24n, 2n ** 24n + 1n, 2n ** 30n, 2n ** 31n - 1n, 2n ** 31n],
  ...[
    2n ** 32n - 1n,
    2n ** 32n,
    2n ** 48n,
    2n ** 53n - 1n,
    2n ** 53n,
    2n ** 63n - 1n,
    2n ** 63n,
    2n ** 64n - 1n,
  ],
];
/** The same for numbers written as text, and what is no number. */
const TEXTS = [
  '0',
  '-1',
  '1e9',
  '1e400',
  '4294967296',
  '9007199254740993',
  '00',
  '1.5',
  'NaN',
  'null',
  '""',
  '[]',
  '{}',
];

const MUTATORS: readonly Mutator[] = [
  function flipBit(bytes, random) {
    return changed(bytes, random.below(bytes.length), (byte) => byte ^ (1 << random.below(8)));
  },
  function setByte(bytes, random) {
    return changed(bytes, random.below(bytes.length), () => random.below(256));
  },
  function insert(bytes, random) {
    const added = Uint8Array.from({ length: 1 + random.below(8) }, () => random.below(256));
    return replaced(bytes, random.below(bytes.length + 1), 0, added);
  },
  function remove(bytes, random) {
    return replaced(bytes, random.below(bytes.length), 1 + random.below(16), new Uint8Array());
  },
  function truncate(bytes, random) {
    return bytes.slice(0, random.below(bytes.length + 1));
  },
  function duplicate(bytes, random) {
    const start = random.below(bytes.length);
    const part = bytes.slice(start, start + 1 + random.below(64));
    return replaced(bytes, random.below(bytes.length + 1), 0, part);
  },
  function splice(bytes, random, others) {
    const other = random.pick(others);
    const start = random.below(other.length);
    const part = other.slice(start, start + 1 + random.below(other.length));
    return replaced(bytes, random.below(bytes.length + 1), random.below(64), part);
  },
  function setNumber(bytes, random) {
    const size = random.pick([1, 2, 4, 8]);
    return number(bytes, random.below(bytes.length), size, random.pick(INTERESTING), random.below(4) === 0);
  },
  /** Looks for what may be a length, a count or an offset, little-endian, and moves it. */
  function setLength(bytes, random) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let tries = 0; tries < 20; tries++) {
      const size = random.pick([2, 4, 8]);
      const at = random.below(bytes.length - size + 1);
      if (at + size > bytes.length) continue;
      const value =
        size === 2
          ? BigInt(view.getUint16(at, true))
          : size === 4
            ? BigInt(view.getUint32(at, true))
            : view.getBigUint64(at, true);
      if (value === 0n || value > BigInt(bytes.length)) continue;
      const moved = random.pick([
        value - 1n,
        value + 1n,
        value * 2n,
        value / 2n,
        value + 8n,
        BigInt(bytes.length),
      ]);
      return number(bytes, at, size, random.below(4) === 0 ? random.pick(INTERESTING) : moved, false);
    }
    return bytes;
  },
  /** The same for numbers in text. */
  function setDigits(bytes, random) {
    const isDigit = (at: number): boolean => (bytes[at] ?? 0) >= 0x30 && (bytes[at] ?? 0) <= 0x39;
    let at = random.below(bytes.length);
    for (let tries = 0; tries < bytes.length && !isDigit(at); tries++) at = (at + 1) % bytes.length;
    let end = at;
    while (isDigit(end)) end++;
    const text = random.below(2) ? random.pick(TEXTS) : String(random.pick(INTERESTING));
    return replaced(bytes, at, end - at, new TextEncoder().encode(text));
  },
  function swap(bytes, random) {
    const a = random.below(bytes.length);
    const b = random.below(bytes.length);
    const [first, second] = [bytes[a] ?? 0, bytes[b] ?? 0];
    return changed(
      changed(bytes, a, () => second),
      b,
      () => first,
    );
  },
];

/** A mutant of `bytes`. */
export function mutate(bytes: Bytes, random: Random, others: readonly Bytes[]): Bytes {
  let mutant = bytes;
  for (let steps = 1 + random.below(MAX_STEPS); steps > 0; steps--) {
    mutant = random.pick(MUTATORS)(mutant, random, others);
    if (mutant.length > MAX_BYTES) mutant = mutant.slice(0, MAX_BYTES);
  }
  return mutant;
}

function changed(bytes: Bytes, at: number, change: (byte: number) => number): Bytes {
  const out = bytes.slice();
  if (at < out.length) out[at] = change(out[at] ?? 0);
  return out;
}

function replaced(bytes: Bytes, at: number, removed: number, added: Uint8Array): Bytes {
  const end = Math.min(bytes.length, at + removed);
  const out = new Uint8Array(bytes.length - (end - at) + added.length);
  out.set(bytes.subarray(0, at));
  out.set(added, at);
  out.set(bytes.subarray(end), at + added.length);
  return out;
}

function number(bytes: Bytes, at: number, size: number, value: bigint, big: boolean): Bytes {
  const out = bytes.slice();
  for (let i = 0; i < size && at + i < out.length; i++)
    out[at + i] = Number((value >> BigInt(8 * (big ? size - 1 - i : i))) & 0xffn);
  return out;
}
