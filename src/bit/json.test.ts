import { expect, test } from 'vitest';
import { parseJson, parseJsonBlob } from './json.ts';

test('parses what is within the limits', () => {
  expect(parseJson('{"a": ["}", "\\"["]}', 'config.json')).toEqual({ a: ['}', '"['] });
});

test.each([
  ['{', 'not valid JSON'],
  [`${'['.repeat(33)}${']'.repeat(33)}`, 'deeper than 32'],
  [`[${'0,'.repeat(500_000)}0]`, '500001 brackets, commas and colons'],
])('refuses %.40s', (text, why) => {
  expect(() => parseJson(text, 'config.json')).toThrow(
    expect.objectContaining({ code: 'config-json', message: expect.stringContaining(why) }),
  );
});

test('refuses a file over 8 MiB before reading it', async () => {
  const large = new Blob([new Uint8Array(8 * 2 ** 20 + 1)]);
  await expect(parseJsonBlob(large, 'config.json')).rejects.toMatchObject({ code: 'config-json' });
});
