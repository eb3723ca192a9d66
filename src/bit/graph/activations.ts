import type { HiddenAct } from '../config.ts';
import type { OnnxWriter, Value } from './onnx.ts';

/** Writes `hidden_act` over `x` with the formulas of transformers' ACT2FN (activations.py). */
export function activate(graph: OnnxWriter, act: HiddenAct, x: Value): Value {
  const constant = (value: number): Value => graph.floats([value], []);
  const times = (a: Value, b: Value): Value => graph.node('Mul', [a, b]);
  const plusOne = (a: Value): Value => graph.node('Add', [a, constant(1)]);
  const sigmoid = (a: Value): Value => graph.node('Sigmoid', [a]);
  switch (act) {
    case 'linear':
      return x;
    case 'relu':
      return graph.node('Relu', [x]);
    case 'relu2': {
      const y = graph.node('Relu', [x]);
      return times(y, y);
    }
    case 'relu6':
      return graph.node('Clip', [x, constant(0), constant(6)]);
    case 'leaky_relu':
      return graph.node('LeakyRelu', [x], { alpha: { float: 0.01 } });
    case 'sigmoid':
      return sigmoid(x);
    case 'tanh':
      return graph.node('Tanh', [x]);
    case 'silu':
    case 'swish':
      return times(x, sigmoid(x));
    case 'quick_gelu':
      return times(x, sigmoid(times(x, constant(1.702))));
    case 'gelu':
      return times(times(x, constant(0.5)), plusOne(graph.node('Erf', [times(x, constant(Math.SQRT1_2))])));
    case 'gelu_new':
    case 'gelu_pytorch_tanh': {
      const cube = times(times(x, x), x);
      const inner = times(
        graph.node('Add', [x, times(cube, constant(0.044715))]),
        constant(Math.sqrt(2 / Math.PI)),
      );
      return times(times(x, constant(0.5)), plusOne(graph.node('Tanh', [inner])));
    }
    case 'mish':
      return times(x, graph.node('Tanh', [graph.node('Softplus', [x])]));
    case 'hardswish':
      return times(
        graph.node('Clip', [graph.node('Add', [x, constant(3)]), constant(0), constant(6)]),
        times(x, constant(1 / 6)),
      );
  }
}
