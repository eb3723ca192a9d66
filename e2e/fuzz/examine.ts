/** Opens one file and reads what it lists. All it may do is work, or throw a BitError, at a bounded cost. */
import { getHeapStatistics } from 'node:v8';
import type { Checkpoint } from '../../src/bit/checkpoint/checkpoint.ts';
import { INFLATE_FREE_BYTES, MAX_INFLATE_RATIO } from '../../src/bit/checkpoint/limits.ts';
import { BitError } from '../../src/bit/errors.ts';
import { count, sinceNow, watching } from './allocation.ts';
import type { Bytes } from './files.ts';
import type { Format } from './formats.ts';
import { memoryBlob } from './memory-blob.ts';

/** Allocations may be this many times the file's size ... */
const ALLOCATION_RATIO = 4;
/** ... and a fixed part: the table of half-precision numbers, made once, takes 256 KiB. */
const BUFFER_FLOOR = 2 ** 19;
/** The heap's growth counts garbage too, of which opening a file of no size makes some. */
const HEAP_FLOOR = 2 ** 22;
export const MAX_MILLISECONDS = 1000;
/** Tensors of a mutant that are read. */
const MAX_READ = 32;
const MAX_MESSAGE = 1100;

/** Opens the true files, so that what is loaded or made at the first use is not counted later. */
export async function warmUp(format: Format): Promise<void> {
  for (const { bytes, wrap } of format.seeds)
    for (const realBlob of [false, true])
      await openAndRead(format, wrap ? wrap(bytes) : bytes, realBlob, false);
}

/** The reader did what no file may make it do. */
export class Failure extends Error {
  override readonly name = 'Failure';
}

/**
 * What came of it: 'ok', a BitError's code, or 'read: code' where only a tensor was refused. Throws Failure, when a
 * second look finds the same: time and heap are the whole process's, and others use them too.
 */
export function examine(format: Format, bytes: Bytes, realBlob = false): Promise<string> {
  return watching(async () => {
    try {
      return await openAndRead(format, bytes, realBlob);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return openAndRead(format, bytes, realBlob);
    }
  });
}

async function openAndRead(format: Format, bytes: Bytes, realBlob: boolean, bounded = true): Promise<string> {
  const checkCost = bounded ? refuseCost : () => undefined;
  const checkTime = bounded ? refuseTime : () => undefined;
  const blob = (part: Bytes): Blob => (realBlob ? new Blob([part]) : memoryBlob(part, count));
  const start = performance.now();
  const opening = sinceNow();
  let checkpoint: Checkpoint | null;
  try {
    checkpoint = await format.open(bytes, blob);
  } catch (error) {
    checkCost('opening', opening(), bytes.length);
    checkTime(start);
    return codeOf(error);
  }
  checkCost('opening', opening(), bytes.length);
  const outcome = checkpoint ? await readAll(checkpoint, bytes.length, checkCost) : 'ok';
  checkTime(start);
  return outcome;
}

async function readAll(
  checkpoint: Checkpoint,
  fileSize: number,
  checkCost: typeof refuseCost,
): Promise<string> {
  let outcome = 'ok';
  for (const { name, shape } of [...checkpoint.tensors.values()].slice(0, MAX_READ)) {
    const length = shape.reduce((a, b) => a * b, 1);
    if (!(length * 2 <= Math.max(INFLATE_FREE_BYTES, MAX_INFLATE_RATIO * fileSize)))
      throw new Failure(`accepted ${name} [${shape}] in ${fileSize} bytes`);
    const reading = sinceNow();
    try {
      const values = await checkpoint.read(name);
      if (!(values instanceof Float32Array) || values.length !== length)
        throw new Failure(`gave ${values.length} values for ${name} [${shape}]`);
    } catch (error) {
      outcome = `read: ${codeOf(error)}`;
    }
    checkCost(`reading ${name}`, reading(), Math.max(fileSize, 8 * length));
  }
  return outcome;
}

function refuseCost(what: string, used: { buffers: number; heap: number }, size: number): void {
  if (used.buffers > ALLOCATION_RATIO * size + BUFFER_FLOOR)
    throw new Failure(`${what} ${size} bytes allocated ${used.buffers} in arrays`);
  if (used.heap > ALLOCATION_RATIO * size + HEAP_FLOOR)
    throw new Failure(
      `${what} ${size} bytes allocated ${used.heap} on a heap of ${getHeapStatistics().used_heap_size}`,
    );
}

function refuseTime(start: number): void {
  const milliseconds = performance.now() - start;
  if (milliseconds > MAX_MILLISECONDS) throw new Failure(`took ${milliseconds.toFixed(0)} ms`);
}

/** The code of a BitError whose message may be shown. Throws Failure for anything else. */
function codeOf(error: unknown): string {
  if (error instanceof Failure) throw error;
  if (!(error instanceof BitError))
    throw new Failure(`threw what is no BitError: ${error instanceof Error ? error.stack : String(error)}`);
  if (error.code === 'internal') throw new Failure(`called it a fault of ours: ${error.message}`);
  if (error.message.length > MAX_MESSAGE || /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(error.message))
    throw new Failure(`has a message that cannot be shown: ${JSON.stringify(error.message)}`);
  return error.code;
}
