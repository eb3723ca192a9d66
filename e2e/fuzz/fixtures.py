"""Writes e2e/fixtures/checkpoints.json: small checkpoints made by Python's own pickle and zipfile, not by our writers.

torch and numpy are not needed: the few of their classes that a state dict's pickle names are stood in for, and the
bytes around follow torch/serialization.py and numpy/lib/_npyio_impl.py.   python3 e2e/fuzz/fixtures.py
"""
import base64, collections, io, json, pickle, struct, sys, types, zipfile

VALUES = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
F32 = struct.pack('<6f', *VALUES)


def module(name):
    sys.modules[name] = made = types.ModuleType(name)
    return made


torch, utils, storage_module = module('torch'), module('torch._utils'), module('torch.storage')
for kind in 'Float', 'Long', 'Half':
    setattr(torch, kind + 'Storage', type(kind + 'Storage', (), {'__module__': 'torch'}))
for name in '_rebuild_tensor_v2', '_rebuild_parameter', '_rebuild_parameter_with_state':
    scope = {'__name__': 'torch._utils'}
    exec(f'def {name}(*args): pass', scope)
    setattr(utils, name, scope[name])


class Storage:
    def __init__(self, key, kind, count, data, location='cpu'):
        self.key, self.kind, self.count, self.data, self.location = key, kind, count, data, location


class Tensor:
    def __init__(self, storage, size, stride, offset=0):
        self.args = (storage, offset, size, stride, False, collections.OrderedDict())

    def __reduce_ex__(self, protocol):
        return utils._rebuild_tensor_v2, self.args


class Parameter:
    def __init__(self, data, state=None):
        self.data, self.state = data, state

    def __reduce_ex__(self, protocol):
        if self.state is None:
            return utils._rebuild_parameter, (self.data, True, collections.OrderedDict())
        return utils._rebuild_parameter_with_state, (self.data, True, collections.OrderedDict(), self.state)


def dumps(value, protocol, legacy=False):
    class Pickler(pickle.Pickler):
        def persistent_id(self, obj):
            if not isinstance(obj, Storage):
                return None
            id = ('storage', getattr(torch, obj.kind + 'Storage'), obj.key, obj.location, obj.count)
            return id + (None,) if legacy else id

    out = io.BytesIO()
    Pickler(out, protocol).dump(value)
    return out.getvalue()


def state(location='cpu', prefix=''):
    weights = Storage('0', 'Float', 6, F32, location)
    steps = Storage('1', 'Long', 1, struct.pack('<q', 7), location)
    value = collections.OrderedDict()
    value[prefix + 'bit.embedder.convolution.weight'] = Tensor(weights, (2, 3, 1, 1), (3, 1, 1, 1))
    value[prefix + 'transposed'] = Tensor(weights, (3, 2), (1, 3))
    value[prefix + 'parameter'] = Parameter(Tensor(weights, (2,), (2,), 3))
    value[prefix + 'attributed'] = Parameter(Tensor(weights, (1,), (1,), 5), {'_is_hf_initialized': True})
    value[prefix + 'num_batches'] = Tensor(steps, (), ())
    value._metadata = collections.OrderedDict([('', {'version': 1}), ('bit', {'version': 1})])
    return value, [weights, steps]


class Stream(io.RawIOBase):
    """Not seekable: zipfile then writes sizes behind the data."""

    def __init__(self):
        self.parts = io.BytesIO()

    def writable(self):
        return True

    def write(self, data):
        return self.parts.write(data)


def torch_zip(value, storages, protocol=2, root='archive', byteorder=True, streamed=False):
    out = Stream() if streamed else io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_STORED) as archive:
        def put(name, data):
            info = zipfile.ZipInfo(f'{root}/{name}')
            # torch pads each member to 64 bytes with an extra field "FB"
            info.extra = b'FB' + struct.pack('<H', 20) + b'Z' * 20
            with archive.open(info, 'w', force_zip64=streamed) as member:
                member.write(data)

        put('data.pkl', dumps(value, protocol))
        put('.format_version', b'1')
        put('.storage_alignment', b'64')
        if byteorder:
            put('byteorder', b'little')
        for storage in storages:
            put(f'data/{storage.key}', storage.data)
        put('version', b'3\n')
        put('.data/serialization_id', b'1' * 40)
    return (out.parts if streamed else out).getvalue()


def torch_legacy(value, storages, protocol=2):
    system = {'protocol_version': 1001, 'little_endian': True, 'type_sizes': {'short': 2, 'int': 4, 'long': 4}}
    parts = [pickle.dumps(0x1950A86A20F9469CFC6C, protocol), pickle.dumps(1001, protocol), pickle.dumps(system, protocol)]
    parts += [dumps(value, protocol, legacy=True), pickle.dumps(sorted(s.key for s in storages), protocol)]
    for storage in sorted(storages, key=lambda s: s.key):
        parts += [struct.pack('<q', storage.count), storage.data]
    return b''.join(parts)


def npy(shape, data, descr='<f4', fortran=False, version=1, pad=64):
    header = f"{{'descr': {descr!r}, 'fortran_order': {fortran}, 'shape': {shape!r}, }}"
    size = {1: 10, 2: 12, 3: 12}[version]
    header += ' ' * (-(size + len(header) + 1) % pad) + '\n'
    length = struct.pack('<H' if version == 1 else '<I', len(header))
    return b'\x93NUMPY' + bytes([version, 0]) + length + header.encode('utf8') + data


def npz(method, streamed=False):
    out = Stream() if streamed else io.BytesIO()
    with zipfile.ZipFile(out, 'w', method) as archive:
        for name, data in {
            'resnet/root_block/standardized_conv2d/kernel': npy((1, 1, 3, 2), F32, fortran=True),
            'v2': npy((6,), F32, version=2),
            'v3': npy((), struct.pack('<d', 0.5), '<f8', version=3),
            'pad16': npy((2, 3), struct.pack('<6e', *VALUES), '<f2', pad=16),
            'names': npy((1,), 'ab'.encode('utf-32-le'), '<U2'),
            'when': npy((1,), bytes(8), '<M8[ns]'),
        }.items():
            # as numpy: the size is not known beforehand, so room is left for 64 bits
            info = zipfile.ZipInfo(name + '.npy')
            info.compress_type = method
            with archive.open(info, 'w', force_zip64=True) as member:
                member.write(data)
    return (out.parts if streamed else out).getvalue()


def fixtures():
    value, storages = state()
    for protocol in 2, 3, 4, 5:
        yield f'zip, protocol {protocol}', torch_zip(value, storages, protocol)
        yield f'older stream, protocol {protocol}', torch_legacy(value, storages, protocol)
    yield 'zip, another root, no byteorder', torch_zip(value, storages, root='my model.v2', byteorder=False)
    yield 'zip, streamed', torch_zip(value, storages, streamed=True)
    cuda, cuda_storages = state('cuda:0', 'module.')
    yield 'zip, from a GPU by DataParallel', torch_zip(cuda, cuda_storages)
    for nest in 'state_dict', 'model', 'model_state_dict':
        trainer = {
            'epoch': 3, 'arch': 'bit', 'best': 0.5, nest: value, 'lr': [1e-3] * 3,
            'optimizer': {'state': {0: {'step': 1}}, 'param_groups': [{'betas': (0.9, 0.999), 'params': [0]}]},
        }
        yield f'zip, under {nest}', torch_zip(trainer, storages)
    yield 'npz, stored', npz(zipfile.ZIP_STORED)
    yield 'npz, deflated', npz(zipfile.ZIP_DEFLATED)
    yield 'npz, streamed', npz(zipfile.ZIP_DEFLATED, streamed=True)


with open('e2e/fixtures/checkpoints.json', 'w') as file:
    json.dump({name: base64.b64encode(data).decode() for name, data in fixtures()}, file, indent=1)
    file.write('\n')
