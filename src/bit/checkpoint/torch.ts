/**
 * Reads what torch.save writes (torch/serialization.py): a zip whose `data.pkl` describes tensors and whose `data/KEY`
 * members hold them, or the older stream of five pickles with the storages behind. The pickles are loaded by
 * unpickle.ts, which executes nothing.
 */
import { BitError } from '../errors.ts';
import { readBytes, shown, utf8 } from './bytes.ts';
import type { Checkpoint, NamedBlob } from './checkpoint.ts';
import { MAX_HEADER_BYTES, MAX_SMALL_PICKLE_OPCODES, MAX_TENSORS } from './limits.ts';
import { type Pickled, PyDict, PyList } from './pickle-values.ts';
import { stateCheckpoint } from './torch-state.ts';
import { unpickle } from './unpickle.ts';
import { memberStart, type ZipArchive, type ZipMember } from './zip.ts';

const PICKLE = 'data.pkl';
/** torch's MAGIC_NUMBER and PROTOCOL_VERSION of the older stream. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;

/** True when the archive is one that torch.save wrote. */
export function isTorchZip({ members }: ZipArchive): boolean {
  return [...members.keys()].some(isPickleMember);
}

const isPickleMember = (name: string): boolean => name === PICKLE || name.endsWith(`/${PICKLE}`);

/** Opens torch's zip. Throws 'pickle-opcode', 'pickle-global' and every 'checkpoint-…' code of a bad file. */
export async function openTorchZip(archive: ZipArchive): Promise<Checkpoint> {
  const { file, blob, members } = archive;
  const [pickle, second] = [...members.values()].filter(({ name }) => isPickleMember(name));
  if (!pickle || second)
    throw new BitError('checkpoint-header', `has not one ${PICKLE} but several or none`, { file });
  const root = pickle.name.slice(0, -PICKLE.length);
  const order = members.get(`${root}byteorder`);
  if (order && utf8(await storedBytes(archive, order)) !== 'little')
    throw new BitError('checkpoint-unsupported', 'is stored big-endian, which is not read here', { file });
  const { value, storages } = unpickle(new Uint8Array(await storedBytes(archive, pickle)), file);
  const positions = new Map<string, number>();
  const found = [...storages.values()].map((storage) => {
    const member = members.get(`${root}data/${storage.key}`);
    if (!member) throw new BitError('checkpoint-header', `lacks storage ${shown(storage.key)}`, { file });
    return { ...storage, member };
  });
  found.sort((a, b) => a.member.headerOffset - b.member.headerOffset);
  for (const { key, count, type, member } of found) {
    if (member.size !== count * type.bytes) {
      const message = `has storage ${shown(key)} of ${member.size} bytes, but ${count} numbers take ${count * type.bytes}`;
      throw new BitError('checkpoint-header', message, { file });
    }
    positions.set(key, await storedStart(archive, member));
  }
  return stateCheckpoint(value, positions, { name: file, blob });
}

/** torch stores its members as they are, so that they can be mapped; anything else is not its writing. */
async function storedStart(archive: ZipArchive, member: ZipMember): Promise<number> {
  if (member.deflated)
    throw new BitError(
      'checkpoint-unsupported',
      `has ${shown(member.name)} deflated, which torch never does`,
      { file: archive.file },
    );
  return memberStart(archive, member);
}

async function storedBytes(archive: ZipArchive, member: ZipMember): Promise<ArrayBuffer> {
  if (member.size > MAX_HEADER_BYTES)
    throw new BitError('checkpoint-limit', `has ${shown(member.name)} of more than 16 MiB`, {
      file: archive.file,
    });
  const start = await storedStart(archive, member);
  return readBytes(archive.blob, start, start + member.size, archive.file);
}

/** Opens the older stream: magic number, protocol, system, state dict, storage keys; then count and numbers of each. */
export async function openTorchLegacy({ name: file, blob }: NamedBlob): Promise<Checkpoint> {
  const bytes = new Uint8Array(await readBytes(blob, 0, Math.min(blob.size, MAX_HEADER_BYTES), file));
  const magic = unpickle(bytes, file, 0, MAX_SMALL_PICKLE_OPCODES);
  if (magic.value !== LEGACY_MAGIC)
    throw new BitError('checkpoint-unknown', 'is a pickle, but not one that torch.save wrote', { file });
  const protocol = unpickle(bytes, file, magic.end, MAX_SMALL_PICKLE_OPCODES);
  const system = unpickle(bytes, file, protocol.end, MAX_SMALL_PICKLE_OPCODES);
  if (protocol.value !== LEGACY_PROTOCOL || !isLittleEndian(system.value))
    throw new BitError('checkpoint-unsupported', 'says another protocol or byte order than is read here', {
      file,
    });
  const state = unpickle(bytes, file, system.end);
  const keys = unpickle(bytes, file, state.end, 3 * MAX_TENSORS); // text, memoized, and its share of lists
  const positions = new Map<string, number>();
  let at = keys.end;
  for (const key of keysOf(keys.value, file)) {
    const storage = state.storages.get(key);
    if (!storage || positions.has(key))
      throw new BitError('checkpoint-header', `lists storage ${shown(key)}, which its pickle does not`, {
        file,
      });
    if (at + 8 > blob.size) throw truncated(key, file);
    const count = new DataView(await readBytes(blob, at, at + 8, file)).getBigInt64(0, true);
    if (count !== BigInt(storage.count))
      throw new BitError('checkpoint-header', `gives storage ${shown(key)} two lengths`, { file });
    positions.set(key, at + 8);
    at += 8 + storage.count * storage.type.bytes;
    if (at > blob.size) throw truncated(key, file);
  }
  if (at < blob.size)
    throw new BitError('checkpoint-header', `has ${blob.size - at} bytes that belong to no tensor`, { file });
  return stateCheckpoint(state.value, positions, { name: file, blob });
}

function isLittleEndian(system: Pickled): boolean {
  return system instanceof PyDict && system.entries.get('little_endian') === true;
}

function keysOf(value: Pickled, file: string): string[] {
  const keys = value instanceof PyList ? value.items : [];
  if (keys.length > MAX_TENSORS)
    throw new BitError('checkpoint-limit', `lists ${keys.length} storages; at most ${MAX_TENSORS} are read`, {
      file,
    });
  return keys.map((key) => {
    if (typeof key !== 'string')
      throw new BitError('checkpoint-header', 'lists a storage whose key is no text', { file });
    return key;
  });
}

function truncated(key: string, file: string): BitError {
  return new BitError('checkpoint-truncated', `ends within storage ${shown(key)}`, { file });
}
