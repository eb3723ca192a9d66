/** Reads protobuf messages (protobuf.dev, Encoding) that nobody vouches for: views, no copies, no recursion of its own. */
import { shown, utf8 } from '../checkpoint/bytes.ts';
import { BitError } from '../errors.ts';
import { MAX_FIELDS } from './limits.ts';

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** One field of a message: `bytes` is its content where it is length-delimited, `value` where it is a varint. */
export interface Field {
  readonly number: number;
  readonly bytes: Uint8Array<ArrayBuffer> | null;
  /** An integer up to 2^53, NaN past that; int64's negative ones come out negative. */
  readonly value: number;
}

/** Reads the messages of one file and counts their fields, so that the whole work stays within a limit. */
export class ProtobufReader {
  readonly file: string;
  private fields = 0;

  constructor(file: string) {
    this.file = file;
  }

  /** The fields of a message in order. Throws 'checkpoint-header' for what is no protobuf, 'checkpoint-limit'. */
  *message(bytes: Uint8Array<ArrayBuffer>): Generator<Field> {
    let at = 0;
    while (at < bytes.length) {
      if (++this.fields > MAX_FIELDS)
        throw new BitError('checkpoint-limit', `has more than ${MAX_FIELDS} protobuf fields`, {
          file: this.file,
        });
      const tag = this.varint(bytes, at);
      at = tag.end;
      const number = Math.floor(tag.value / 8);
      if (!(number >= 1 && number < 2 ** 29)) throw this.broken('has a field without a number');
      switch (tag.value % 8) {
        case VARINT: {
          const { value, end } = this.varint(bytes, at);
          yield { number, bytes: null, value };
          at = end;
          break;
        }
        case LENGTH_DELIMITED: {
          const { value: length, end } = this.varint(bytes, at);
          if (!(length >= 0 && length <= bytes.length - end))
            throw this.broken('has a field that runs past its end');
          yield { number, bytes: bytes.subarray(end, end + length), value: Number.NaN };
          at = end + length;
          break;
        }
        case FIXED64:
          yield { number, bytes: null, value: Number.NaN };
          at += 8;
          break;
        case FIXED32:
          yield { number, bytes: null, value: Number.NaN };
          at += 4;
          break;
        default:
          throw this.broken('has a field of a kind that protobuf does not know');
      }
      if (at > bytes.length) throw this.broken('has a field that runs past its end');
    }
  }

  /** The nested message of a field. */
  nested({ bytes }: Field): Uint8Array<ArrayBuffer> {
    if (!bytes) throw this.broken('has a number where a message belongs');
    return bytes;
  }

  /** The text of a field, at most `limit` bytes. */
  text({ bytes }: Field, limit: number): string {
    if (!bytes) throw this.broken('has a number where a text belongs');
    if (bytes.length > limit)
      throw new BitError(
        'checkpoint-limit',
        `has a text of ${bytes.length} bytes where ${limit} are enough`,
        {
          file: this.file,
        },
      );
    const text = utf8(bytes);
    if (text === null) throw this.broken('has a text that is not UTF-8');
    return text;
  }

  /** The integers of a repeated field, packed or one a field, at most `limit`. */
  integers(field: Field, limit: number): number[] {
    if (!field.bytes) return [this.integer(field)];
    const values: number[] = [];
    for (let at = 0; at < field.bytes.length; ) {
      const { value, end } = this.varint(field.bytes, at);
      values.push(value);
      if (values.length > limit)
        throw new BitError('checkpoint-limit', `has a list of more than ${limit} numbers`, {
          file: this.file,
        });
      at = end;
    }
    return values;
  }

  integer({ value, bytes }: Field): number {
    if (bytes || Number.isNaN(value)) throw this.broken('has no usable number where one belongs');
    return value;
  }

  broken(why: string, name?: string): BitError {
    const message = name === undefined ? why : `${why}, in ${shown(name)}`;
    return new BitError('checkpoint-header', message, { file: this.file });
  }

  private varint(bytes: Uint8Array, start: number): { value: number; end: number } {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = bytes[start + i];
      if (byte === undefined) throw this.broken('ends inside a number');
      // the tenth byte holds int64's sign: all negative numbers have it
      if (i === 9 && byte < 128) return { value: negative(bytes, start), end: start + 10 };
      value += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128)
        return { value: value <= Number.MAX_SAFE_INTEGER ? value : Number.NaN, end: start + i + 1 };
    }
    throw this.broken('has a number of more than ten bytes');
  }
}

/** The ten bytes of a negative int64; NaN below -2^53. */
function negative(bytes: Uint8Array, start: number): number {
  let value = 0n;
  for (let i = 0; i < 10; i++) value |= BigInt((bytes[start + i] ?? 0) & 127) << BigInt(7 * i);
  const signed = Number(BigInt.asIntN(64, value));
  return Number.isSafeInteger(signed) ? signed : Number.NaN;
}
