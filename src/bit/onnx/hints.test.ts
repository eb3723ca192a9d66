import { describe, expect, it } from 'vitest';
import { toFloat32 } from '../checkpoint/dtypes.ts';
import { toHalf } from '../graph/halves.ts';
import { labelsIn, labelsOfFile, processorIn, sizeIn } from './hints.ts';

const metadata = (key: string, text: string) => new Map([[key, text]]);

describe('metadata', () => {
  it.each<[string, string, readonly number[] | null]>([
    ['imgsz', '[224, 256]', [224, 256]],
    ['image_size', '384', [384, 384]],
    ['input_size', '(3, 192, 128)', [192, 128]],
    ['crop_size', '{"height": 64, "width": 80}', [64, 80]],
    ['imgsz', '[0, 0]', null],
    ['imgsz', '999999', null],
    ['imgsz', 'any', null],
    ['other', '224', null],
  ])('%s %s', (key, text, expected) => {
    expect(sizeIn(metadata(key, text))).toEqual(expected);
  });

  it.each<[string, string, readonly string[] | null]>([
    ['names', `{0: 'tench', 1: "jack-o'-lantern", 2: 'it\\'s'}`, ['tench', "jack-o'-lantern", "it's"]],
    ['names', "['a', 'b']", ['a', 'b']],
    ['id2label', '{"1": "b", "0": "a"}', ['a', 'b']],
    ['labels', '["a", 7]', ['a', '7']],
    ['classes', 'a,b', null],
    ['names', "{1: 'a', 2: 'b'}", null],
    ['names', '[]', null],
    ['names', '{"0": {"deep": 1}}', null],
  ])('%s %s', (key, text, expected) => {
    expect(labelsIn(metadata(key, text))).toEqual(expected);
  });

  it('holds a whole preprocessing, or a broken one', () => {
    expect(processorIn(metadata('preprocessor_config', '{"size": 64}'), 'a.onnx')).toEqual({ size: 64 });
    expect(processorIn(new Map(), 'a.onnx')).toBeNull();
    expect(() => processorIn(metadata('preprocessor_config', '{'), 'a.onnx')).toThrow(
      expect.objectContaining({ code: 'config-json' }),
    );
  });
});

describe('a file of labels', () => {
  it.each<[string, BlobPart, readonly string[] | null]>([
    ['lines', 'cat\r\n big dog \n', ['cat', 'big dog']],
    ['an array', '["cat", "dog"]', ['cat', 'dog']],
    ['a table', '{"1": "dog", "0": "cat"}', ['cat', 'dog']],
    ['a config.json', '{"model_type": "bit"}', null],
    ['weights', new Uint8Array([1, 2, 3]), null],
    ['nothing', '', null],
    ['no UTF-8', new Uint8Array([0x41, 0xff]), null],
  ])('%s', async (_, part, expected) => {
    expect(await labelsOfFile({ name: 'x', blob: new Blob([part]) })).toEqual(expected);
  });
});

describe('toHalf', () => {
  it('gives every half back, and rounds to even between them', () => {
    const patterns = Uint16Array.from({ length: 0x7c01 }, (_, i) => i); // 0 to infinity
    const values = toFloat32(patterns.slice().buffer, 'F16');
    expect(toHalf(values)).toEqual(patterns);
    expect(toHalf(values.map((v) => -v))).toEqual(patterns.map((bits) => bits | 0x8000));
    expect(
      Array.from(toHalf(Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 65_519, 65_520, Number.NaN))),
    ).toEqual([0x3c00, 0x3c02, 0x7bff, 0x7c00, 0x7e00]);
  });
});
