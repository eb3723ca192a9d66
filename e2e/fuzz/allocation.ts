/**
 * Counts the bytes of typed arrays as they are made, by standing in for their constructors. What a file claims becomes
 * an allocation here; copies (slice) can only repeat bytes that are there. Objects and text are on V8's own heap, whose
 * growth is read beside it.
 */
import { getHeapStatistics } from 'node:v8';

const NAMES = [
  'ArrayBuffer',
  'Uint8Array',
  'Uint16Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
] as const;

let counted = 0;

/** Adds bytes that were read. */
export function count(bytes: number): void {
  counted += bytes;
}

const globals = globalThis as unknown as Record<string, unknown>;
const STAND_INS = NAMES.map((name) => {
  const original = globals[name] as new (...args: unknown[]) => { byteLength: number };
  const standIn = new Proxy(original, {
    construct(target, args, newTarget) {
      const made = Reflect.construct(target, args, newTarget) as { byteLength: number };
      if (!(args[0] instanceof ArrayBuffer)) counted += made.byteLength; // else it is a view
      return made;
    },
  });
  return { name, original, standIn };
});

/** Counts what `work` makes. One at a time. */
export async function watching<T>(work: () => Promise<T>): Promise<T> {
  for (const { name, standIn } of STAND_INS) globals[name] = standIn;
  try {
    return await work();
  } finally {
    for (const { name, original } of STAND_INS) globals[name] = original;
  }
}

export interface Allocated {
  /** Bytes of typed arrays and of reads. */
  readonly buffers: number;
  /** Growth of the heap, garbage included; less where it was collected meanwhile. */
  readonly heap: number;
}

/** A mark; called, it says what was allocated since. */
export function sinceNow(): () => Allocated {
  const buffers = counted;
  const heap = getHeapStatistics().used_heap_size;
  return () => ({ buffers: counted - buffers, heap: getHeapStatistics().used_heap_size - heap });
}
