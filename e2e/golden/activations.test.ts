/** Every activation as the graph writes it against its formula in float64, one number at a time. */
import { expect, test } from 'vitest';
import { HIDDEN_ACTS } from '../../src/bit/config.ts';
import { activate } from '../../src/bit/graph/activations.ts';
import { OnnxWriter } from '../../src/bit/graph/onnx.ts';
import { createSession } from '../../src/engine/session.ts';
import { relative, worst } from './compare.ts';
import { inMemory } from './nets.ts';
import { activation } from './reference.ts';

const PARAMETERS: Readonly<Record<string, number>> = {
  weight: 0.25,
  alpha_p: 0.2032,
  alpha_n: -1.05,
  beta: 0.5,
  eps: -1e-6,
};
const parameter = (leaf: string): number => PARAMETERS[leaf] ?? Number.NaN;

/** Everything from saturation to saturation, and what lies around the bends. */
const inputs = Float32Array.from([
  ...Array.from({ length: 2401 }, (_, i) => (i - 1200) / 30),
  ...[0, 1e-7, -1e-7, -5e-7, -1e-6, -2e-6, 1e-3, -1e-3, 6, -3, 3, -8, 10, 200, -200],
]);

test.each(HIDDEN_ACTS)('%s', async (act) => {
  const graph = new OnnxWriter();
  const x = graph.input('pixel_values', ['N']);
  graph.output(
    'y',
    activate(graph, act, x, (leaf, shape) => graph.floats([parameter(leaf)], shape)),
    ['N'],
  );
  const bytes = graph.finish('activation');
  const plan = { bytes, weights: [], weightLength: 0, weightBytes: 0, outputs: ['y'] };
  const session = await createSession(plan, inMemory(new Uint8Array()), {
    device: 'wasm',
    precision: 'float32',
  });
  const y = (await session.run({ data: inputs, shape: [inputs.length] })).get('y');
  await session.release();
  const exact = activation(act, parameter);
  expect(worst(y?.data ?? [], Float64Array.from(inputs, exact), relative)).toBeLessThan(3e-6);
});

test('some values that PyTorch and the papers give', () => {
  const value = (act: string, at: number): number => activation(act, parameter)(at);
  expect(value('gelu', 1)).toBeCloseTo(0.8413447460685429, 12); // 1 * Phi(1)
  expect(value('gelu', -3)).toBeCloseTo(-3 * 0.0013498980316301, 12);
  expect(value('hardswish', -3)).toBeCloseTo(0, 12);
  expect(value('hardswish', 3)).toBe(3);
  expect(value('mish', 1)).toBeCloseTo(0.8650983882673103, 12);
  expect(value('sqrtsoftplus', 0)).toBeCloseTo(Math.sqrt(Math.LN2), 12);
  expect(value('prelu', -2)).toBe(-0.5);
  expect(value('gelu_10', 200)).toBe(10);
});
