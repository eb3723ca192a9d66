/** A copy of the site from hosts as they are: some keep files for themselves, and a browser may hold an older page. */
import { afterEach, expect, test, vi } from 'vitest';
import { siteFiles } from './site.ts';

afterEach(() => vi.unstubAllGlobals());

type Answer = readonly [status: number, type: string, body: string];
const page = (script: string): Answer => [
  200,
  'text/html',
  `<head></head><script src="./assets/${script}"></script>`,
];
const script: Answer = [200, 'text/javascript', ''];

async function copied(files: Readonly<Record<string, Answer>>, list: readonly string[]): Promise<string[]> {
  vi.stubGlobal('self', { location: { href: 'https://h/assets/worker.js' } });
  vi.stubGlobal('fetch', async (address: URL) => {
    const sizes = JSON.stringify(Object.fromEntries(list.map((name) => [name, 1])));
    const all: Record<string, Answer> = { 'site.json': [200, 'application/json', sizes], ...files };
    const [status, type, body] = all[address.pathname.slice(1)] ?? [404, 'text/html', 'nothing here'];
    return new Response(body, { status, headers: { 'content-type': type } });
  });
  const names: string[] = [];
  const site = await siteFiles({ head: '<AAAA' }, new AbortController().signal);
  for await (const { name, blob } of site.files()) {
    names.push(name);
    if (name === 'index.html') expect(await blob.text()).toContain('{"head":"\\u003cAAAA"}');
  }
  return names;
}

const wasm = 'assets/ort-wasm-simd-threaded.asyncify-AbCd_123.wasm';
const list = ['_headers', 'assets/index-12345678.js', wasm, 'index.html'];
const files = { 'index.html': page('index-12345678.js'), 'assets/index-12345678.js': script };

test('what a host keeps for itself or cannot serve is left out', async () => {
  const all: Readonly<Record<string, Answer>> = {
    ...files,
    _headers: [200, 'text/plain', 'x'],
    [wasm]: [200, 'application/wasm', ''],
  };
  expect(await copied(all, list)).toEqual([...list, 'site.json']);
  expect(await copied(files, list)).toEqual(['assets/index-12345678.js', 'index.html', 'site.json']);
  const front: Answer = [200, 'text/html', 'the front page'];
  expect(await copied({ ...files, _headers: front, [wasm]: front }, list)).toHaveLength(3);
});

test('any other missing file ends it', async () => {
  await expect(copied({ 'index.html': page('index-12345678.js') }, list)).rejects.toMatchObject({
    code: 'network',
    file: 'assets/index-12345678.js',
  });
  const broken: Answer = [500, 'text/plain', ''];
  await expect(copied({ ...files, _headers: broken }, list)).rejects.toMatchObject({ code: 'network' });
});

test('a page that is older than the host’s files is no copy of the site', async () => {
  await expect(copied({ ...files, 'index.html': page('index-older000.js') }, list)).rejects.toMatchObject({
    code: 'network',
    message: expect.stringContaining('newer version'),
  });
});
