import { expect, test } from 'vitest';
import { addressText, HUB, parseAddress, parseBase } from './address.ts';

const page = 'https://site.example/lens/index.html?lang=en';
const hub = (repo: string, revision: string | null = null, file: string | null = null, base = HUB) => ({
  kind: 'repo',
  base,
  repo,
  revision,
  file,
});

test.each([
  ['google/bit-50', hub('google/bit-50')],
  ['  google/bit-50/ ', hub('google/bit-50')],
  ['google/bit-50@main', hub('google/bit-50', 'main')],
  ['google/bit-50@refs/pr/1', hub('google/bit-50', 'refs/pr/1')],
  ['timm/resnetv2_50x1_bit.goog_in21k', hub('timm/resnetv2_50x1_bit.goog_in21k')],
  ['https://huggingface.co/google/bit-50', hub('google/bit-50')],
  ['huggingface.co/google/bit-50', hub('google/bit-50')],
  ['https://hf.co/google/bit-50?library=transformers#usage', hub('google/bit-50')],
  ['https://www.huggingface.co/google/bit-50/tree/main', hub('google/bit-50', 'main')],
  ['https://huggingface.co/google/bit-50/tree/refs%2Fpr%2F1', hub('google/bit-50', 'refs/pr/1')],
  ['https://huggingface.co/google/bit-50/tree/refs/pr/1', hub('google/bit-50', 'refs/pr/1')],
  ['https://huggingface.co/google/bit-50/blob/main/config.json', hub('google/bit-50', 'main')],
  [
    'https://huggingface.co/google/bit-50/blob/abc123/pytorch_model.bin',
    hub('google/bit-50', 'abc123', 'pytorch_model.bin'),
  ],
  [
    'https://huggingface.co/google/bit-50/resolve/main/old/model.safetensors?download=true',
    hub('google/bit-50', 'main', 'old/model.safetensors'),
  ],
  ['https://mirror.example/google/bit-50', hub('google/bit-50', null, null, 'https://mirror.example/')],
  [
    'https://mirror.example/hub/google/bit-50/resolve/v1/model.safetensors',
    hub('google/bit-50', 'v1', 'model.safetensors', 'https://mirror.example/hub/'),
  ],
  ['https://lens.example/?model=google/bit-50@main', hub('google/bit-50', 'main')],
  [
    'https://storage.googleapis.com/bit_models/BiT-M-R50x1.npz',
    { kind: 'file', url: 'https://storage.googleapis.com/bit_models/BiT-M-R50x1.npz' },
  ],
  [
    'http://lab.example:8000/models/bit-50/',
    { kind: 'folder', url: 'http://lab.example:8000/models/bit-50/' },
  ],
  ['http://lab.example/a/b/c', { kind: 'folder', url: 'http://lab.example/a/b/c/' }],
  ['./models/bit-50/', { kind: 'folder', url: 'https://site.example/lens/models/bit-50/' }],
  ['/files/x.safetensors', { kind: 'file', url: 'https://site.example/files/x.safetensors' }],
])('%s', (text, expected) => {
  expect(parseAddress(text, { page })).toEqual(expected);
});

test.each([
  '',
  'bit-50',
  'a/b/c',
  'google/bit 50',
  'google/bit--50',
  '../../etc',
  'google/..',
  'google/bit-50@',
  'google/bit-50@a b',
  'google/bit-50@../x',
  'javascript:alert(1)',
  'file:///etc/passwd',
  'data:text/plain,x',
  'https://user:secret@huggingface.co/google/bit-50',
  'https://huggingface.co/google',
  'https://huggingface.co/datasets/google/x',
  'https://huggingface.co/%E0%A4/x',
  'https://',
  `google/${'x'.repeat(3000)}`,
])('refuses %j', (text) => {
  expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: 'address' }));
});

test('another base is where owner/name is looked for', () => {
  const at = (base: string) => parseAddress('google/bit-50@v2', { base, page });
  expect(at('https://mirror.example')).toEqual(hub('google/bit-50', 'v2', null, 'https://mirror.example/'));
  expect(at('./models')).toEqual(hub('google/bit-50', 'v2', null, 'https://site.example/lens/models/'));
  expect(parseBase('https://hf.co')).toBe(HUB);
});

test.each(['google/bit-50', 'google/bit-50@refs/pr/1', 'https://m.example/a/b/blob/v1/x/y.bin'])(
  '%s is written as it can be read again',
  (text) => {
    const address = parseAddress(text, { page });
    expect(parseAddress(addressText(address), { page })).toEqual(address);
  },
);
