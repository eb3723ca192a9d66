import { expect, test } from 'vitest';
import { ARCHITECTURES } from './catalogue.ts';
import { parseBitConfig } from './config.ts';
import { parseProcessorConfig } from './image/processor-config.ts';
import { memoryNeed, usualInput, WASM_HEAP_BYTES, wasmNeed } from './memory.ts';

function resnet(depths: number[], factor: number, more = {}): ReturnType<typeof parseBitConfig> {
  return parseBitConfig({
    embedding_size: 64 * factor,
    hidden_sizes: [256, 512, 1024, 2048].map((width) => width * factor),
    depths,
    ...more,
  });
}
const square = (side: number) => ({ height: side, width: side });

/** Resident bytes of the WASM heap after one run on one thread, onnxruntime-web 1.30 in Node. */
test.each([
  ['R50x1', resnet([3, 4, 6, 3], 1), 224, 114.0e6],
  ['R50x1', resnet([3, 4, 6, 3], 1), 448, 151.9e6],
  ['R50x1', resnet([3, 4, 6, 3], 1), 896, 303.7e6],
  ['R50x1 gelu', resnet([3, 4, 6, 3], 1, { hidden_act: 'gelu' }), 448, 171.5e6],
  ['R50x3', resnet([3, 4, 6, 3], 3), 448, 999.0e6],
  ['R152x4', resnet([3, 8, 36, 3], 4), 480, 4_008.6e6],
  ['R50x1 bottleneck', resnet([3, 4, 6, 3], 1, { layer_type: 'bottleneck' }), 448, 155.3e6],
] as const)(
  '%s at %3$i px: the estimate holds what was measured, with at most a quarter to spare',
  (_, config, side, measured) => {
    const { wasm } = memoryNeed(config, square(side));
    expect(wasm).toBeGreaterThan(measured);
    expect(wasm).toBeLessThan(1.25 * measured);
  },
);

test('the largest published net fits at its size, twice as wide a picture does not', () => {
  const r152x4 = resnet([3, 8, 36, 3], 4);
  expect(memoryNeed(r152x4, square(480)).wasm).toBeLessThan(WASM_HEAP_BYTES);
  expect(memoryNeed(r152x4, square(960)).wasm).toBeGreaterThan(WASM_HEAP_BYTES);
});

test('the weights are the float32 ones of the backbone, and the largest tensor is known', () => {
  const need = memoryNeed(resnet([3, 4, 6, 3], 1), square(224));
  expect(need.weights).toBe(4 * 23_500_352); // google/bit-50 without its classifier
  expect(need.largestTensor).toBe(4 * 512 * 512 * 9); // the last stage's 3x3 kernel
  expect(memoryNeed(resnet([3, 4, 6, 3], 1), square(448)).largestTensor).toBe(4 * 64 * 226 * 226); // the padded stem
});

test('the usual input is the crop, else the resized square', () => {
  expect(usualInput(parseProcessorConfig({ crop_size: 384 }))).toEqual(square(384));
  expect(usualInput(parseProcessorConfig({ do_center_crop: false, size: { shortest_edge: 160 } }))).toEqual(
    square(160),
  );
  expect(usualInput(parseProcessorConfig({ do_center_crop: false, do_resize: false }))).toEqual(square(448));
});

test('the need by a number of parameters is the one of the graph', () => {
  const r101x1 = resnet([3, 4, 23, 3], 1);
  const { wasm } = memoryNeed(r101x1, square(448));
  expect(wasmNeed(r101x1, square(448), ARCHITECTURES.R101x1.parameters)).toBe(wasm);
});
