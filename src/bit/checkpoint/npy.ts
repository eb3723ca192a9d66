/** The header of one array (numpy/lib/_format_impl.py): magic, version, a Python dict of three keys. Nothing is evaluated. */
import { BitError, printable } from '../errors.ts';
import { shown, utf8 } from './bytes.ts';
import type { DType } from './checkpoint.ts';
import { MAX_NPY_HEADER_BYTES, MAX_RANK } from './limits.ts';

export interface NpyHeader {
  /** Null for what is no floating-point number. */
  readonly dtype: DType | null;
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  /** Where the values begin. */
  readonly dataStart: number;
}

/** Bytes of a member that are enough to hold any header that is read here. */
export const NPY_PREFIX_BYTES = 12 + MAX_NPY_HEADER_BYTES;
const MAGIC = '\x93NUMPY';
const DTYPES: ReadonlyMap<string, DType> = new Map([
  ['<f2', 'F16'],
  ['<f4', 'F32'],
  ['<f8', 'F64'],
]);

/** Where a header ends that begins with these bytes; 0 where they are too few or none of an array. */
export function npyHeaderEnd(bytes: Uint8Array<ArrayBuffer>): number {
  if (bytes.length < 12) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bytes[6] === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
}

/** Reads the header of array `name`. Throws 'checkpoint-header', 'checkpoint-unsupported', 'checkpoint-truncated' or 'checkpoint-limit'. */
export function parseNpyHeader(bytes: Uint8Array<ArrayBuffer>, name: string, file: string): NpyHeader {
  const lie = (why: string): BitError => new BitError('checkpoint-header', `${shown(name)} ${why}`, { file });
  const short = (): BitError =>
    new BitError('checkpoint-truncated', `${shown(name)} ends within its npy header`, { file });
  if (bytes.length < 12) throw short();
  if (MAGIC.split('').some((c, i) => bytes[i] !== c.charCodeAt(0))) throw lie('is no npy array');
  const version = bytes[6] ?? 0;
  const unsupported = (why: string): BitError =>
    new BitError('checkpoint-unsupported', `${shown(name)} ${why}, which is not read here`, { file });
  if (version < 1 || version > 3 || bytes[7] !== 0)
    throw unsupported(`has npy version ${version}.${bytes[7]}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = version === 1 ? 10 : 12;
  if (length > MAX_NPY_HEADER_BYTES) {
    throw new BitError('checkpoint-limit', `${shown(name)} has an npy header of ${length} bytes`, { file });
  }
  const dataStart = start + length;
  if (dataStart > bytes.length) throw short();
  const dict = parseDict(utf8(bytes.slice(start, dataStart)) ?? '');
  if (!dict) throw lie('has an npy header that is not {descr, fortran_order, shape}');
  const { descr, fortranOrder, shape } = dict;
  if (shape.length > MAX_RANK) throw lie(`has rank ${shape.length}; at most ${MAX_RANK} is read`);
  if (/^>[fc]/.test(descr)) throw unsupported(`is stored big-endian (${printable(descr, 100)})`);
  if (descr === '|O') throw unsupported('holds Python objects');
  return { dtype: DTYPES.get(descr) ?? null, shape, fortranOrder, dataStart };
}

type Dict = { descr: string; fortranOrder: boolean; shape: number[] };

/** `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, keys in any order, nothing else. */
function parseDict(text: string): Dict | null {
  const token = /\s*(?:'([\w<>|=[\]]*)'|(True|False)|(\d{1,15})L?|([{}(),:]))/y;
  const next = (): string => {
    const match = token.exec(text);
    // strings keep their quote so that they cannot be taken for a sign
    return match ? (match[2] ?? match[3] ?? match[4] ?? `'${match[1]}`) : '';
  };
  const found: Partial<Dict> = {};
  if (next() !== '{') return null;
  let key = next();
  while (key !== '}') {
    if (next() !== ':') return null;
    const value = next();
    if (key === "'descr" && value.startsWith("'") && found.descr === undefined) found.descr = value.slice(1);
    else if (key === "'fortran_order" && /^(True|False)$/.test(value) && found.fortranOrder === undefined)
      found.fortranOrder = value === 'True';
    else if (key === "'shape" && value === '(' && found.shape === undefined) {
      const shape: number[] = [];
      for (let part = next(); part !== ')'; part = next()) {
        if (!/^\d+$/.test(part)) return null;
        shape.push(Number(part));
        const sign = next();
        if (sign === ')') break;
        if (sign !== ',') return null;
      }
      found.shape = shape;
    } else return null;
    const sign = next();
    key = sign === ',' ? next() : sign;
    if (sign !== ',' && sign !== '}') return null;
  }
  const { descr, fortranOrder, shape } = found;
  const ended = text.slice(token.lastIndex).trim() === '';
  return ended && descr !== undefined && fortranOrder !== undefined && shape
    ? { descr, fortranOrder, shape }
    : null;
}
