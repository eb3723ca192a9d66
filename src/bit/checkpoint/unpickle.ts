/**
 * A closed-world unpickler: it knows the opcodes (Lib/pickletools.py) that a state dict is made of and the few names in
 * pickle-values.ts, and refuses everything else by name. Nothing from a file is ever executed; loading costs at most
 * what the limits say.
 */
import { BitError, type BitErrorCode } from '../errors.ts';
import { utf8 } from './bytes.ts';
import {
  MAX_PICKLE_MEMO,
  MAX_PICKLE_OPCODES,
  MAX_PICKLE_STACK,
  MAX_PICKLE_VALUES,
  MAX_TENSORS,
} from './limits.ts';
import {
  call,
  globalNamed,
  type Pickled,
  PyDict,
  PyList,
  type PyStorage,
  PyTuple,
  storageOf,
} from './pickle-values.ts';

/** torch.save writes protocol 2; 5 is the newest there is. */
const MAX_PROTOCOL = 5;
/** torch's magic number takes 10 bytes, a 64-bit count 9. */
const MAX_LONG_BYTES = 16;
const MAX_LINE_BYTES = 256;
const EMPTY = new PyTuple([]);

export interface Unpickled {
  readonly value: Pickled;
  /** Position behind the STOP opcode. */
  readonly end: number;
  /** Every storage that the pickle refers to, by key. */
  readonly storages: ReadonlyMap<string, PyStorage>;
}

/**
 * Loads one pickle of at most `maxOpcodes` from `start`. Throws 'pickle-opcode', 'pickle-global', 'checkpoint-header', 'checkpoint-truncated'
 * or 'checkpoint-limit'.
 */
export function unpickle(
  bytes: Uint8Array<ArrayBuffer>,
  file: string,
  start = 0,
  maxOpcodes = MAX_PICKLE_OPCODES,
): Unpickled {
  return new Unpickler(bytes, file, start).load(maxOpcodes);
}

class Unpickler {
  private readonly bytes: Uint8Array<ArrayBuffer>;
  private readonly view: DataView;
  private readonly file: string;
  private at: number;
  private readonly stack: Pickled[] = [];
  /** Heights of the stack at each open MARK. */
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, Pickled>();
  private readonly storages = new Map<string, PyStorage>();
  /** Values that take room of their own. Kept or not: what is dropped costs time. */
  private made = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>, file: string, start: number) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.file = file;
    this.at = start;
  }

  load(maxOpcodes: number): Unpickled {
    for (let n = 0; n < maxOpcodes; n++) {
      const opcode = this.u8();
      if (opcode === 0x2e) {
        const value = this.pop();
        if (this.stack.length > 0 || this.marks.length > 0)
          throw this.refuse('checkpoint-header', 'stops with values left over');
        return { value, end: this.at, storages: this.storages };
      }
      this.step(opcode);
      if (this.stack.length + this.marks.length > MAX_PICKLE_STACK)
        throw this.refuse('checkpoint-limit', `stacks more than ${MAX_PICKLE_STACK} values`);
      if (this.made > MAX_PICKLE_VALUES)
        throw this.refuse('checkpoint-limit', `makes more than ${MAX_PICKLE_VALUES} values`);
    }
    throw this.refuse('checkpoint-limit', `takes more than ${maxOpcodes} opcodes`);
  }

  private step(opcode: number): void {
    const { stack } = this;
    switch (opcode) {
      case 0x80: // PROTO
        if (this.u8() > MAX_PROTOCOL)
          throw this.refuse('checkpoint-unsupported', 'is of an unknown protocol');
        return;
      case 0x95: // FRAME: a hint for buffering
        this.take(8);
        return;
      case 0x28: // MARK
        this.marks.push(stack.length);
        return;
      case 0x30: // POP
        this.pop();
        return;
      case 0x4e: // NONE
        stack.push(null);
        return;
      case 0x88: // NEWTRUE
        stack.push(true);
        return;
      case 0x89: // NEWFALSE
        stack.push(false);
        return;
      case 0x4b: // BININT1
        stack.push(this.u8());
        return;
      case 0x4d: // BININT2
        stack.push(this.view.getUint16(this.take(2), true));
        return;
      case 0x4a: // BININT
        stack.push(this.view.getInt32(this.take(4), true));
        return;
      case 0x8a: // LONG1
        this.push(this.long(this.u8()));
        return;
      case 0x47: // BINFLOAT
        this.push(this.view.getFloat64(this.take(8), false));
        return;
      case 0x8c: // SHORT_BINUNICODE
        this.push(this.text(this.u8()));
        return;
      case 0x58: // BINUNICODE
        this.push(this.text(this.u32()));
        return;
      case 0x29: // EMPTY_TUPLE
        stack.push(EMPTY);
        return;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        this.push(new PyTuple(this.popMany(opcode - 0x84)));
        return;
      case 0x74: // TUPLE
        this.push(new PyTuple(this.popMarked()));
        return;
      case 0x5d: // EMPTY_LIST
        this.push(new PyList());
        return;
      case 0x61: // APPEND
        this.append([this.pop()]);
        return;
      case 0x65: // APPENDS
        this.append(this.popMarked());
        return;
      case 0x7d: // EMPTY_DICT
        this.push(new PyDict());
        return;
      case 0x73: // SETITEM
        this.setItems(this.popMany(2));
        return;
      case 0x75: // SETITEMS
        this.setItems(this.popMarked());
        return;
      case 0x71: // BINPUT
        this.remember(this.u8());
        return;
      case 0x72: // LONG_BINPUT
        this.remember(this.u32());
        return;
      case 0x94: // MEMOIZE
        this.remember(this.memo.size);
        return;
      case 0x68: // BINGET
        stack.push(this.recall(this.u8()));
        return;
      case 0x6a: // LONG_BINGET
        stack.push(this.recall(this.u32()));
        return;
      case 0x63: // GLOBAL
        this.push(globalNamed(this.line(), this.line(), this.file));
        return;
      case 0x93: // STACK_GLOBAL
        this.stackGlobal();
        return;
      case 0x51: // BINPERSID
        this.push(this.storage(this.pop()));
        return;
      case 0x52: // REDUCE
        this.reduce();
        return;
      case 0x62: // BUILD
        this.build();
        return;
      default:
        throw new BitError(
          'pickle-opcode',
          `holds pickle opcode 0x${opcode.toString(16).padStart(2, '0')} at byte ${this.at - 1}, which no table of weights needs. Nothing of it was run`,
          { file: this.file },
        );
    }
  }

  private reduce(): void {
    const args = this.pop();
    this.push(call(this.pop(), args, this.file));
  }

  /** Only an OrderedDict has a state: `_metadata`, which says nothing about weights. */
  private build(): void {
    const state = this.pop();
    if (!(this.top() instanceof PyDict) || !(state instanceof PyDict))
      throw this.refuse('checkpoint-header', 'gives a state to what has none');
  }

  private stackGlobal(): void {
    const name = this.pop();
    const module = this.pop();
    if (typeof name !== 'string' || typeof module !== 'string')
      throw this.refuse('checkpoint-header', 'names a global by what is no text');
    this.push(globalNamed(module, name, this.file));
  }

  private storage(id: Pickled): PyStorage {
    const storage = storageOf(id, this.file);
    const known = this.storages.get(storage.key);
    if (known && (known.type !== storage.type || known.count !== storage.count))
      throw this.refuse('checkpoint-header', 'describes one storage in two ways');
    if (!known) this.storages.set(storage.key, storage);
    if (this.storages.size > MAX_TENSORS)
      throw this.refuse('checkpoint-limit', `refers to more than ${MAX_TENSORS} storages`);
    return storage;
  }

  private append(values: readonly Pickled[]): void {
    const list = this.top();
    if (!(list instanceof PyList)) throw this.refuse('checkpoint-header', 'appends to what is no list');
    for (const value of values) list.items.push(value);
  }

  private setItems(items: readonly Pickled[]): void {
    const dict = this.top();
    if (!(dict instanceof PyDict) || items.length % 2 !== 0)
      throw this.refuse('checkpoint-header', 'sets an item of what is no dict');
    this.made += items.length / 2;
    for (let i = 0; i < items.length; i += 2) dict.set(items[i] ?? null, items[i + 1] ?? null);
  }

  /** For what takes room of its own; numbers, truth values and what the memo gives go straight onto the stack. */
  private push(value: Pickled): void {
    this.made++;
    this.stack.push(value);
  }

  /** Numbered from 0 by every pickler; numbers of a file's choice could be made to collide in the Map. */
  private remember(index: number): void {
    if (index >= MAX_PICKLE_MEMO)
      throw this.refuse('checkpoint-limit', `remembers more than ${MAX_PICKLE_MEMO} values`);
    this.memo.set(index, this.top());
  }

  private recall(index: number): Pickled {
    const value = this.memo.get(index);
    if (value === undefined) throw this.refuse('checkpoint-header', 'recalls what it never remembered');
    return value;
  }

  private top(): Pickled {
    const value = this.stack.at(-1);
    if (value === undefined || this.stack.length === this.marks.at(-1))
      throw this.refuse('checkpoint-header', 'uses a value that is not there');
    return value;
  }

  private pop(): Pickled {
    const value = this.top();
    this.stack.pop();
    return value;
  }

  private popMany(count: number): Pickled[] {
    if (this.stack.length - count < (this.marks.at(-1) ?? 0))
      throw this.refuse('checkpoint-header', 'uses a value that is not there');
    return this.stack.splice(this.stack.length - count);
  }

  private popMarked(): Pickled[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw this.refuse('checkpoint-header', 'closes what it never opened');
    return this.stack.splice(mark);
  }

  /** Two's complement, little-endian. */
  private long(length: number): number | bigint {
    if (length > MAX_LONG_BYTES)
      throw this.refuse('checkpoint-limit', `holds a number of ${length} bytes, more than any count takes`);
    const at = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[at + i] ?? 0);
    const signed = BigInt.asIntN(8 * length, value);
    return BigInt(Number(signed)) === signed && Number.isSafeInteger(Number(signed))
      ? Number(signed)
      : signed;
  }

  private text(length: number): string {
    const at = this.take(length);
    const text = utf8(this.bytes.subarray(at, at + length));
    if (text === null) throw this.refuse('checkpoint-header', 'holds text that is not UTF-8');
    return text;
  }

  private line(): string {
    const length = this.bytes.subarray(this.at, this.at + MAX_LINE_BYTES).indexOf(0x0a);
    if (length < 0 && this.at + MAX_LINE_BYTES > this.bytes.length)
      throw this.refuse('checkpoint-truncated', 'breaks off');
    if (length < 0) throw this.refuse('checkpoint-header', 'names a global without an end');
    const line = this.text(length);
    this.at++;
    return line;
  }

  private u8(): number {
    return this.view.getUint8(this.take(1));
  }

  private u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  /** Steps over `length` bytes and returns where they begin. */
  private take(length: number): number {
    const at = this.at;
    if (at + length > this.bytes.length) throw this.refuse('checkpoint-truncated', 'breaks off');
    this.at += length;
    return at;
  }

  private refuse(code: BitErrorCode, why: string): BitError {
    return new BitError(code, `has a pickle that ${why} (byte ${this.at})`, { file: this.file });
  }
}
