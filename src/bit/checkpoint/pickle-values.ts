/** What a state dict's pickle can hold, and the closed list of names it may call. */
import { BitError, printable } from '../errors.ts';
import { shown } from './bytes.ts';
import type { DType } from './checkpoint.ts';
import { MAX_RANK } from './limits.ts';

export type Pickled =
  | null
  | boolean
  | number
  | bigint
  | string
  | PyTuple
  | PyList
  | PyDict
  | PyGlobal
  | PyStorage
  | PyTensor;

export class PyTuple {
  readonly items: readonly Pickled[];
  constructor(items: readonly Pickled[]) {
    this.items = items;
  }
}
export class PyList {
  readonly items: Pickled[] = [];
}
/** What stands under a key that is no text (an optimizer's numbered state) is dropped: no one asks for it. */
export class PyDict {
  /** Made with the first item: an empty Map takes seven times its object's room, and each tensor has an empty dict. */
  private items: Map<string, Pickled> | undefined;

  get entries(): ReadonlyMap<string, Pickled> {
    return this.items ?? NO_ITEMS;
  }

  set(key: Pickled, value: Pickled): void {
    if (typeof key !== 'string') return;
    this.items ??= new Map();
    this.items.set(key, value);
  }
}
const NO_ITEMS: ReadonlyMap<string, Pickled> = new Map();
export class PyGlobal {
  readonly name: GlobalName;
  constructor(name: GlobalName) {
    this.name = name;
  }
}
/** A run of numbers kept outside the pickle, under `key`. */
export class PyStorage {
  readonly key: string;
  readonly type: StorageType;
  /** Numbers in the whole storage. */
  readonly count: number;
  /** The part that a legacy view takes of it. */
  readonly viewStart: number;
  readonly viewCount: number;
  constructor(key: string, type: StorageType, count: number, viewStart: number, viewCount: number) {
    this.key = key;
    this.type = type;
    this.count = count;
    this.viewStart = viewStart;
    this.viewCount = viewCount;
  }
}
/** A strided view of a storage; offset and strides in elements. Not yet checked against it. */
export class PyTensor {
  readonly storage: PyStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  constructor(storage: PyStorage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

export interface StorageType {
  readonly dtype: DType | null;
  readonly bytes: number;
}

/** torch's storages (torch/storage.py): what is no floating-point number is measured and left alone. */
const STORAGES = {
  'torch DoubleStorage': { dtype: 'F64', bytes: 8 },
  'torch FloatStorage': { dtype: 'F32', bytes: 4 },
  'torch HalfStorage': { dtype: 'F16', bytes: 2 },
  'torch BFloat16Storage': { dtype: 'BF16', bytes: 2 },
  'torch LongStorage': { dtype: null, bytes: 8 },
  'torch IntStorage': { dtype: null, bytes: 4 },
  'torch ShortStorage': { dtype: null, bytes: 2 },
  'torch CharStorage': { dtype: null, bytes: 1 },
  'torch ByteStorage': { dtype: null, bytes: 1 },
  'torch BoolStorage': { dtype: null, bytes: 1 },
  'torch ComplexFloatStorage': { dtype: null, bytes: 8 },
  'torch ComplexDoubleStorage': { dtype: null, bytes: 16 },
} as const satisfies Record<string, StorageType>;

type StorageName = keyof typeof STORAGES;
type CallName =
  | 'collections OrderedDict'
  | 'torch Size'
  | 'torch._utils _rebuild_parameter'
  | 'torch._utils _rebuild_parameter_with_state'
  | 'torch._utils _rebuild_tensor'
  | 'torch._utils _rebuild_tensor_v2';
export type GlobalName = StorageName | CallName;

const isStorage = (name: string): name is StorageName => Object.hasOwn(STORAGES, name);

/** The global of that module and name, if a state dict needs it. Throws 'pickle-global' for every other. */
export function globalNamed(module: string, name: string, file: string): PyGlobal {
  const known = GLOBALS.get(`${module} ${name}`);
  if (known) return known;
  const asked = `${module}.${name}`;
  throw new BitError(
    'pickle-global',
    `asks for ${shown(asked)}, which no table of weights needs. Nothing of it was run`,
    { file, subject: printable(asked, 100) },
  );
}

/** Calls an allowed name. Throws 'checkpoint-header' when its arguments are not those of a state dict. */
export function call(callee: Pickled, args: Pickled, file: string): Pickled {
  if (!(callee instanceof PyGlobal) || !(args instanceof PyTuple) || isStorage(callee.name))
    throw new BitError('checkpoint-header', 'has a pickle that calls what cannot be called', { file });
  const result = CALLS[callee.name](args.items);
  if (result === undefined)
    throw new BitError(
      'checkpoint-header',
      `has a pickle that calls ${callee.name.replace(' ', '.')} with wrong arguments`,
      { file },
    );
  return result;
}

const CALLS: Readonly<Record<CallName, (args: readonly Pickled[]) => Pickled | undefined>> = {
  'collections OrderedDict': (args) => (args.length === 0 ? new PyDict() : undefined),
  'torch Size': ([sizes]) => (sizes instanceof PyTuple ? sizes : undefined),
  'torch._utils _rebuild_parameter': parameter,
  'torch._utils _rebuild_parameter_with_state': parameter,
  'torch._utils _rebuild_tensor': tensor,
  'torch._utils _rebuild_tensor_v2': tensor,
};

/** (data, requires_grad, backward_hooks[, Python attributes]): the tensor is all of it that is a weight. */
function parameter([data]: readonly Pickled[]): PyTensor | undefined {
  return data instanceof PyTensor ? data : undefined;
}

/** (storage, storage_offset, size, stride, ...); the rest concerns training (torch/_utils.py). */
function tensor([storage, offset, size, stride]: readonly Pickled[]): PyTensor | undefined {
  const shape = naturals(size);
  const strides = naturals(stride);
  if (!(storage instanceof PyStorage) || !isNatural(offset) || !shape || !strides) return undefined;
  return shape.length === strides.length ? new PyTensor(storage, offset, shape, strides) : undefined;
}

const GLOBALS: ReadonlyMap<string, PyGlobal> = new Map(
  [...(Object.keys(STORAGES) as StorageName[]), ...(Object.keys(CALLS) as CallName[])].map((name) => [
    name,
    new PyGlobal(name),
  ]),
);

/**
 * ('storage', type, key, location, count[, view]) of a persistent id; view is (key, offset, count) in legacy files
 * (torch/serialization.py). Throws 'checkpoint-header'.
 */
export function storageOf(id: Pickled, file: string): PyStorage {
  const [kind, type, key, , count, view = null] = id instanceof PyTuple ? id.items : [];
  const known =
    kind === 'storage' &&
    type instanceof PyGlobal &&
    isStorage(type.name) &&
    typeof key === 'string' &&
    isNatural(count);
  if (!known)
    throw new BitError('checkpoint-header', 'has a pickle with an outside value that is no storage', {
      file,
    });
  const storage = STORAGES[type.name as StorageName];
  if (view === null) return new PyStorage(key, storage, count, 0, count);
  const [, start, length] = view instanceof PyTuple ? view.items : [];
  if (!isNatural(start) || !isNatural(length) || start + length > count)
    throw new BitError('checkpoint-header', 'has a pickle with a storage view outside its storage', { file });
  return new PyStorage(key, storage, count, start, length);
}

function isNatural(value: Pickled | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function naturals(value: Pickled | undefined): readonly number[] | null {
  if (!(value instanceof PyTuple) || value.items.length > MAX_RANK) return null;
  return value.items.every(isNatural) ? value.items : null;
}
