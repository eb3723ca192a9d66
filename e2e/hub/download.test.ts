/** Look-up and download of a file against the Hub of the tests, in Node: the store is a map, all else is the engine's. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BitErrorCode } from '../../src/bit/index.ts';
import { downloadFile } from '../../src/engine/download/file.ts';
import { PATIENCE } from '../../src/engine/download/patience.ts';
import { parseAddress } from '../../src/engine/hub/address.ts';
import { lookUp } from '../../src/engine/hub/lookup.ts';
import type { Offer, ShelfFile } from '../../src/engine/shelf/protocol.ts';
import { CHUNK_BYTES } from '../../src/engine/store/chunks.ts';
import type { FileProgress } from '../../src/engine/store/db.ts';
import { type Content, contentOf } from './content.ts';
import type { Fault, Place } from './faults.ts';
import { REPOS, serveModels } from './models.ts';
import { type HubServer, startHub } from './server.ts';

const stored = vi.hoisted(() => ({
  chunks: [] as Blob[],
  progress: null as FileProgress | null,
  full: Number.POSITIVE_INFINITY,
}));
const NOTHING: FileProgress = { chunks: 0, bytes: 0, validator: null, done: null };

vi.mock('../../src/engine/store/chunks.ts', async (original) => ({
  ...(await original<object>()),
  appendChunk: async ({ chunk }: { chunk: number }, bytes: Blob, validator: string | null) => {
    if (chunk >= stored.full) throw new Error('full');
    stored.chunks[chunk] = bytes;
    stored.progress = { chunks: chunk + 1, bytes: chunk * CHUNK_BYTES + bytes.size, validator, done: null };
  },
  fileBlob: async (_id: string, _file: number, size: number) => new Blob(stored.chunks).slice(0, size),
}));
vi.mock('../../src/engine/store/shelf.ts', () => ({
  restartFile: async () => {
    stored.chunks = [];
    stored.progress = NOTHING;
  },
}));

const FILE = 'model.safetensors';
const REPO = 'shelf/medium';
/** Three chunks and a bit, of bytes that are no JSON, no HTML and no checkpoint: nothing here looks at them. */
const weights: Content = contentOf(
  Uint8Array.from({ length: 3 * CHUNK_BYTES + 12_345 }, (_, i) => Math.imul(i, 2_654_435_761) >>> 13),
);
const config = JSON.stringify({ model_type: 'bit', num_labels: 10 });
let hub: HubServer;

beforeAll(async () => {
  vi.stubGlobal('navigator', { onLine: true });
  vi.stubGlobal('self', { addEventListener: () => undefined, removeEventListener: () => undefined });
  hub = await startHub();
  serveModels(hub, { fullSize: false });
  hub.repo(REPO, { license: 'mit' }).commit({ [FILE]: weights, 'config.json': config });
  hub.put(`medium/${FILE}`, weights);
  hub.put('medium/config.json', config);
});
afterAll(async () => {
  await hub.close();
  vi.unstubAllGlobals();
});
beforeEach(() => {
  hub.faults.clear();
  hub.log.length = 0;
  stored.chunks = [];
  stored.progress = NOTHING;
});

const signal = new AbortController().signal;
const asking = { signal, idleMs: 2_000 };
const find = (text: string, base = `${hub.hub}/`) => lookUp(parseAddress(text, { base }), asking);

async function download({ files }: Pick<Offer, 'files'>, stop = signal): Promise<ShelfFile> {
  const [file] = files;
  if (!file) throw new Error('nothing is offered');
  return downloadFile({
    id: 'm',
    index: 0,
    file,
    stored: stored.progress ?? NOTHING,
    patience: { ...PATIENCE, idleMs: 300, firstWaitMs: 2, tries: 4 },
    signal: stop,
    onBytes: () => undefined,
    onWait: () => undefined,
    onSize: () => undefined,
  });
}

/** The bytes in the store are the right ones. */
async function expectStored(file: ShelfFile, content = weights): Promise<void> {
  const bytes = Buffer.from(await new Blob(stored.chunks).arrayBuffer());
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(content.sha256);
  expect(file).toMatchObject({ name: FILE, size: content.size, sha256: content.sha256 });
}

describe('looking up', () => {
  test('a repository: pinned, sized, hashed, licensed, and none of the weights asked for', async () => {
    const found = await find(REPO);
    expect(found).toMatchObject({
      name: REPO,
      licence: 'mit',
      architecture: 'bit',
      classes: 10,
      bytes: weights.size + config.length,
      source: { kind: 'repo', revision: null, commit: hub.repo(REPO).at()?.sha },
    });
    expect(found.files[0]).toMatchObject({ name: FILE, size: weights.size, sha256: weights.sha256 });
    expect(found.files[0]?.url).toContain(`/resolve/${hub.repo(REPO).at()?.sha}/`);
    expect(hub.bytesSent(FILE)).toBe(0);
  });

  test('shards with their index; the better of two forms; a revision', async () => {
    const names = async (text: string) => (await find(text)).files.map(({ name }) => name);
    expect((await names(REPOS.sharded)).slice(0, 3)).toEqual([
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      'model.safetensors.index.json',
    ]);
    expect((await names(REPOS.crowded))[0]).toBe('model.safetensors');
    expect((await names(REPOS.tiny))[0]).toBe('pytorch_model.bin');
    expect((await find(`${REPO}@main`)).id).toBe((await find(REPO)).id);
  });

  test.each([
    [REPOS.notBit, 'checkpoint-not-bit'],
    [REPOS.empty, 'repo-weights'],
    [REPOS.private, 'sign-in'],
    [REPOS.gated, 'sign-in'],
    ['no/where', 'sign-in'],
    [`${REPO}@nowhere`, 'not-found'],
  ])('%s: %s', async (text, code) => {
    await expect(find(text)).rejects.toMatchObject({ code });
  });

  test('a page of the tree is not taken for the whole', async () => {
    const paged = await startHub({ treePage: 1 });
    paged.repo(REPO).commit({ 'a.txt': 'a', 'config.json': config, [FILE]: weights });
    expect((await find(REPO, `${paged.hub}/`)).files.map(({ name }) => name)).toEqual([FILE, 'config.json']);
    await paged.close();
  });

  test('a description that is none', async () => {
    hub.faults.add({
      fault: { kind: 'other-bytes', bytes: Buffer.from('{"sha": 7}') },
      request: /\/revision\//,
    });
    await expect(find(REPO)).rejects.toMatchObject({ code: 'answer' });
  });

  test('a plain server: a folder, a file, a base', async () => {
    const folder = await find(`${hub.plain}/medium/`);
    expect(folder).toMatchObject({ name: 'medium', licence: null, bytes: weights.size + config.length });
    expect(folder.files.map(({ name, sha256 }) => [name, sha256])).toEqual([
      [FILE, null],
      ['config.json', null],
    ]);
    expect((await find(`${hub.plain}/medium/${FILE}`)).files).toHaveLength(2);
    hub.put('owner/name/config.json', config);
    hub.put(`owner/name/${FILE}`, weights);
    expect(await find('owner/name', `${hub.plain}/`)).toMatchObject({
      name: 'owner/name',
      architecture: 'bit',
    });
    hub.put('zoo/BiT-M-R50x1.npz', weights);
    const npz = await find(`${hub.plain}/zoo/BiT-M-R50x1.npz`);
    expect(npz).toMatchObject({ name: 'BiT-M-R50x1.npz', architecture: null });
    expect(hub.log.filter(({ url }) => url.startsWith('/zoo/')).length).toBe(1);
  });
});

describe('a fault that passes is overcome', () => {
  const cases: readonly (readonly [string, readonly Fault[], Place?])[] = [
    ['none', []],
    ['cuts', [5e6, 9_999_999, 12_345_678].map((at) => ({ kind: 'cut', at }))],
    [
      'cuts in each chunk but never a whole one',
      [1e6, 2e6, 3e6, 4e6, 5e6, 6e6].map((at) => ({ kind: 'cut', at })),
    ],
    ['a short wait', [{ kind: 'status', status: 429, retryAfter: '0' }], 'hub'],
    ['an expired signature', [{ kind: 'status', status: 403 }]],
    ['503', [{ kind: 'status', status: 503 }]],
    ['a stall', [{ kind: 'stall', at: 6e6 }]],
    ['late headers', [{ kind: 'slow-headers', ms: 900 }]],
    ['no length', [{ kind: 'no-length' }]],
    ['no Content-Range', [{ kind: 'no-content-range' }]],
    ['short ranges', [3e6, 5e6].map((bytes) => ({ kind: 'short-range', bytes }))],
    ['an unknown total', [{ kind: 'total', total: '*' }]],
    ['another total', [{ kind: 'total', total: 123_456_789 }]],
    ['a gzipped body', [{ kind: 'gzip' }]],
    ['a flipped bit', [{ kind: 'flip', at: 5e6 }]],
    ['other bytes', [{ kind: 'resize', by: 500 }]],
  ];
  test.each(cases.map(([name, faults, place = 'cdn']) => ({ name, faults, place })))('$name', async (one) => {
    const { faults, place } = one;
    const offer = await find(REPO);
    for (const fault of faults) hub.faults.add({ fault, file: FILE, place, times: 1 });
    await expectStored(await download(offer));
  });

  test('cuts cost no byte twice', async () => {
    const offer = await find(REPO);
    for (const at of [5e6, 9_999_999]) hub.faults.add({ fault: { kind: 'cut', at }, file: FILE, times: 1 });
    await download(offer);
    const ranges = hub.transfers(FILE).map(({ range }) => Number(/\d+/.exec(range ?? '')?.[0]));
    expect(ranges[0]).toBe(0);
    expect(ranges[1]).toBeGreaterThan(CHUNK_BYTES); // within the chunk, not from its start
    expect(hub.bytesSent(FILE)).toBeLessThan(weights.size + 2e6); // what was on the wire
  });
});

describe('a resume that lies begins anew', () => {
  const cases: readonly (readonly [string, Fault])[] = [
    ['200 in place of 206', { kind: 'ignore-range' }],
    ['another range', { kind: 'other-range', by: 1_000 }],
    ['bytes from elsewhere under the right range', { kind: 'lying-range', by: -1_000 }],
    ['another ETag', { kind: 'etag', etag: '"another"' }],
    ['another total', { kind: 'total', total: 20_000_000 }],
    ['416', { kind: 'status', status: 416 }],
  ];
  test.each(cases)('%s', async (_, fault) => {
    const offer = await find(REPO);
    hub.faults.add({ fault: { kind: 'cut', at: 9e6 }, file: FILE, times: 1 });
    hub.faults.add({ fault, file: FILE, place: 'cdn', skip: 1, times: 1 });
    await expectStored(await download(offer));
  });

  test('a file without a stated hash that changes is not mixed', async () => {
    const offer = await find(`${hub.plain}/medium/`);
    const changed = Buffer.from(weights.read(0, weights.size));
    changed.writeUInt8(changed.readUInt8(1_000_000) ^ 1, 1_000_000);
    hub.faults.add({ fault: { kind: 'cut', at: 9e6 }, file: `medium/${FILE}`, times: 1 });
    const run = () => hub.put(`medium/${FILE}`, changed);
    hub.faults.add({
      fault: { kind: 'call', run },
      file: `medium/${FILE}`,
      request: /^GET/,
      skip: 1,
      times: 1,
    });
    await expectStored(await download(offer), contentOf(changed));
    hub.put(`medium/${FILE}`, weights);
  });
});

describe('a fault that stays has its own name, and keeps no wrong byte', () => {
  const cases: readonly (readonly [string, Fault, BitErrorCode])[] = [
    ['401', { kind: 'status', status: 401 }, 'sign-in'],
    ['403', { kind: 'status', status: 403 }, 'forbidden'],
    ['404', { kind: 'status', status: 404 }, 'not-found'],
    ['429', { kind: 'status', status: 429, retryAfter: '3600' }, 'rate-limited'],
    ['500', { kind: 'status', status: 500 }, 'server'],
    ['a web page', { kind: 'html' }, 'not-a-file'],
    ['a stall', { kind: 'stall', at: 1_000 }, 'stalled'],
    ['a flipped bit', { kind: 'flip', at: 5e6 }, 'hash-mismatch'],
    ['a shorter file', { kind: 'resize', by: -1_000 }, 'file-changed'],
    ['a longer file', { kind: 'resize', by: 1_000 }, 'file-changed'],
    ['a redirect without end', { kind: 'redirect-loop' }, 'unreachable'],
  ];
  test.each(cases)('%s', async (_, fault, code) => {
    const offer = await find(REPO);
    const clear = hub.faults.add({ fault, file: FILE, place: 'cdn' });
    await expect(download(offer)).rejects.toMatchObject({ code, file: FILE });
    clear();
    await expectStored(await download(offer));
  });

  test('a pause keeps whole chunks, and the next try goes on from them', async () => {
    const offer = await find(REPO);
    const stop = new AbortController();
    hub.faults.add({ fault: { kind: 'stall', at: 2 * CHUNK_BYTES + 1_000 }, file: FILE, times: 1 });
    // the line stalls in the third chunk: it is paused once the second one is stored
    const watch = setInterval(() => {
      if (stored.progress?.chunks === 2) stop.abort();
    }, 5);
    await expect(download(offer, stop.signal)).rejects.toMatchObject({ code: 'aborted' });
    clearInterval(watch);
    expect(stored.progress).toMatchObject({ chunks: 2, bytes: 2 * CHUNK_BYTES });
    await expectStored(await download(offer));
    expect(hub.transfers(FILE).at(-1)?.range).toBe(`bytes=${2 * CHUNK_BYTES}-`);
  });

  test('a store that fails ends it at once', async () => {
    const offer = await find(REPO);
    stored.full = 1;
    await expect(download(offer)).rejects.toThrow('full');
    stored.full = Number.POSITIVE_INFINITY;
    expect(stored.progress).toMatchObject({ chunks: 1 });
    await expectStored(await download(offer));
  });
});
