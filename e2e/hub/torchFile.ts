/**
 * The file that torch.save writes for a state dict (zip with data.pkl; torch 2.x), in pieces: byte for byte the same
 * members, padding and pickle, up to the dict's `_metadata`, which here names only the modules that own tensors.
 */
import { crc32 } from 'node:zlib';

export interface StateTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Little-endian float32, C order. */
  readonly data: () => Buffer;
}
export interface Member {
  readonly name: string;
  readonly data: () => Buffer;
}

/** Storages begin at multiples of this; written into .storage_alignment as well. */
const ALIGNMENT = 64;
const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

/** The members of the zip, in torch's order. */
export function torchMembers(tensors: readonly StateTensor[]): Member[] {
  const text = (name: string, value: string): Member => ({ name, data: () => ascii(value) });
  return [
    { name: 'data.pkl', data: () => statePickle(tensors) },
    text('.format_version', '1'),
    text('.storage_alignment', String(ALIGNMENT)),
    text('byteorder', 'little'),
    ...tensors.map(({ data }, i) => ({ name: `data/${i}`, data })),
    text('version', '3\n'),
    text('.data/serialization_id', '0636847120131661836900000000000000000000'),
  ];
}

/** torch's zip: stored members whose data is aligned, sizes behind the data, a zip64 end. `folder` is the file's stem. */
export function* torchZip(folder: string, members: readonly Member[]): Generator<Buffer> {
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data } of members) {
    const bytes = data();
    const path = ascii(`${folder}/${name}`);
    const padding = ALIGNMENT - ((offset + 30 + path.length + 4) % ALIGNMENT);
    const extra = Buffer.alloc(4 + (padding % ALIGNMENT), 'Z');
    extra.write('FB', 'latin1');
    extra.writeUInt16LE(extra.length - 4, 2);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(0x0808, 6); // UTF-8 names, sizes behind the data
    local.writeUInt16LE(path.length, 26);
    local.writeUInt16LE(extra.length, 28);
    const sums = Buffer.alloc(12);
    sums.writeUInt32LE(crc32(bytes), 0);
    sums.writeUInt32LE(bytes.length, 4);
    sums.writeUInt32LE(bytes.length, 8);
    const listed = Buffer.alloc(46);
    listed.writeUInt32LE(0x02014b50, 0);
    listed.writeUInt16LE(0x0808, 8);
    sums.copy(listed, 16);
    listed.writeUInt16LE(path.length, 28);
    listed.writeUInt32LE(offset, 42);
    directory.push(listed, path);
    const parts = [local, path, extra, bytes, ascii('PK\x07\x08'), sums];
    offset += parts.reduce((sum, { length }) => sum + length, 0);
    yield* parts;
  }
  const list = Buffer.concat(directory);
  yield list;
  yield zipEnd(members.length, list.length, offset);
}

function zipEnd(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(56 + 20 + 22);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeUInt32LE(44, 4);
  end.writeUInt16LE(0x031e, 12);
  end.writeUInt16LE(45, 14);
  end.writeUInt32LE(count, 24);
  end.writeUInt32LE(count, 32);
  end.writeUInt32LE(size, 40);
  end.writeUInt32LE(offset, 48);
  end.writeUInt32LE(0x07064b50, 56);
  end.writeUInt32LE(offset + size, 64);
  end.writeUInt32LE(1, 72);
  end.writeUInt32LE(0x06054b50, 76);
  end.writeUInt16LE(count, 84);
  end.writeUInt16LE(count, 86);
  end.writeUInt32LE(size, 88);
  end.writeUInt32LE(offset, 92);
  return end;
}

/** The pickle (protocol 2) of an OrderedDict of tensors, one storage each, memoized as Python's pickler does. */
export function statePickle(tensors: readonly StateTensor[]): Buffer {
  const pickler = new Pickler();
  const dict = pickler.global('collections', 'OrderedDict');
  pickler.raw('\x80\x02', dict, ')R', pickler.put(), '(');
  let rebuild: (() => string) | undefined;
  let storage: (() => string) | undefined;
  for (const [i, { name, shape }] of tensors.entries()) {
    pickler.raw(pickler.text(name));
    rebuild ??= pickler.later(() => pickler.global('torch._utils', '_rebuild_tensor_v2'));
    pickler.raw(rebuild(), '((', pickler.text('storage', true));
    storage ??= pickler.later(() => pickler.global('torch', 'FloatStorage'));
    pickler.raw(storage(), pickler.text(String(i), true), pickler.text('cpu', true));
    const count = shape.reduce((a, b) => a * b, 1);
    pickler.raw(pickler.int(count), 't', pickler.put(), 'QK\x00');
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
    pickler.raw(pickler.tuple(shape), pickler.tuple(strides));
    pickler.raw('\x89', pickler.get(0), ')R', pickler.put(), 't', pickler.put(), 'R', pickler.put());
  }
  pickler.raw('u}', pickler.put(), pickler.text('_metadata'), dict0(pickler), '(');
  const owners = new Set(tensors.map(({ name }) => name.slice(0, name.lastIndexOf('.'))));
  for (const owner of owners)
    pickler.raw(pickler.text(owner), '}', pickler.put(), pickler.text('version', true), 'K\x01s');
  pickler.raw('usb.');
  return pickler.bytes();
}

const dict0 = (pickler: Pickler): string => `${pickler.get(0)})R${pickler.put()}`;

class Pickler {
  readonly #parts: string[] = [];
  readonly #texts = new Map<string, number>();
  #memo = 0;

  raw(...parts: readonly string[]): void {
    this.#parts.push(...parts);
  }

  bytes(): Buffer {
    return ascii(this.#parts.join(''));
  }

  put(): string {
    return this.#indexed('q', 'r', this.#memo++);
  }

  get(index: number): string {
    return this.#indexed('h', 'j', index);
  }

  global(module: string, name: string): string {
    return `c${module}\n${name}\n${this.put()}`;
  }

  /** Written in full the first time, then taken from the memo. */
  later(write: () => string): () => string {
    let index: number | undefined;
    return () => {
      if (index !== undefined) return this.get(index);
      index = this.#memo;
      return write();
    };
  }

  /** `shared` strings are the same object each time, so the memo has them. */
  text(value: string, shared = false): string {
    const known = shared ? this.#texts.get(value) : undefined;
    if (known !== undefined) return this.get(known);
    if (shared) this.#texts.set(value, this.#memo);
    return `X${little(value.length, 4)}${value}${this.put()}`;
  }

  int(value: number): string {
    if (value < 0x100) return `K${little(value, 1)}`;
    return value < 0x10000 ? `M${little(value, 2)}` : `J${little(value, 4)}`;
  }

  tuple(values: readonly number[]): string {
    const items = values.map((value) => this.int(value)).join('');
    if (values.length === 0) return ')';
    if (values.length > 3) return `(${items}t${this.put()}`;
    return `${items}${String.fromCharCode(0x84 + values.length)}${this.put()}`;
  }

  #indexed(short: string, long: string, index: number): string {
    return index < 0x100 ? `${short}${little(index, 1)}` : `${long}${little(index, 4)}`;
  }
}

const little = (value: number, bytes: number): string =>
  Array.from({ length: bytes }, (_, i) => String.fromCharCode((value >>> (8 * i)) & 0xff)).join('');
