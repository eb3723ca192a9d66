import type { HiddenAct } from '../config.ts';
import type { OnnxWriter, Value } from './onnx.ts';

/** A parameter of an activation: a checkpoint tensor of one value, by the last part of its name. */
export type ActivationParameter = (leaf: string, shape: readonly number[]) => Value;

/**
 * Writes `hidden_act` over `x` with the formulas of transformers' ACT2FN (activations.py, ACT2CLS) and, for the names it
 * takes from torch.nn, of PyTorch's documentation. `parameter` is asked only by prelu and xielu, which learn theirs.
 */
export function activate(graph: OnnxWriter, act: HiddenAct, x: Value, parameter: ActivationParameter): Value {
  const constant = (value: number): Value => graph.floats([value], []);
  const times = (a: Value, b: Value): Value => graph.node('Mul', [a, b]);
  const plus = (a: Value, b: Value): Value => graph.node('Add', [a, b]);
  const plusOne = (a: Value): Value => plus(a, constant(1));
  const sigmoid = (a: Value): Value => graph.node('Sigmoid', [a]);
  const softplus = (a: Value): Value => graph.node('Softplus', [a]);
  const clip = (a: Value, low: number, high: number): Value =>
    graph.node('Clip', [a, constant(low), constant(high)]);
  const erf = (a: Value): Value => graph.node('Erf', [a]);
  const gelu = (): Value => times(times(x, constant(0.5)), plusOne(erf(times(x, constant(Math.SQRT1_2)))));
  const halfTimesOnePlusTanh = (inner: Value): Value =>
    times(times(x, constant(0.5)), plusOne(graph.node('Tanh', [inner])));
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
      return clip(x, 0, 6);
    case 'leaky_relu':
      return graph.node('LeakyRelu', [x], { alpha: { float: 0.01 } });
    case 'prelu': {
      const slope = parameter('weight', [1]);
      return plus(graph.node('Relu', [x]), times(slope, graph.node('Min', [x, constant(0)])));
    }
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
    case 'gelu_python':
      return gelu();
    case 'gelu_10':
      return clip(gelu(), -10, 10);
    case 'gelu_new':
    case 'gelu_accurate':
    case 'gelu_pytorch_tanh':
    case 'gelu_python_tanh': {
      const cube = times(times(x, x), x);
      return halfTimesOnePlusTanh(
        times(plus(x, times(cube, constant(0.044715))), constant(Math.sqrt(2 / Math.PI))),
      );
    }
    case 'gelu_fast': {
      const stretch = plusOne(times(times(x, constant(0.044715)), x));
      return halfTimesOnePlusTanh(times(times(x, constant(0.7978845608)), stretch));
    }
    case 'mish':
      return times(x, graph.node('Tanh', [softplus(x)]));
    case 'hardswish':
      return times(clip(plus(x, constant(3)), 0, 6), times(x, constant(1 / 6)));
    case 'laplace': {
      // biome-ignore lint/suspicious/noApproximativeNumericConstant: activations.py writes six digits, not the constant
      const [mu, sigma] = [0.707107, 0.282095];
      const inner = graph.node('Div', [plus(x, constant(-mu)), constant(sigma * Math.SQRT2)]);
      return times(plusOne(erf(inner)), constant(0.5));
    }
    case 'sqrtsoftplus': {
      // far below 0, softplus is e^x, which log(1 + e^x) in float32 loses and the root would magnify
      const far = graph.node('Less', [x, constant(-8)]);
      const root = graph.node('Sqrt', [softplus(x)]);
      return graph.node('Where', [far, graph.node('Exp', [times(x, constant(0.5))]), root]);
    }
    case 'xielu': {
      const beta = parameter('beta', []);
      const linear = times(beta, x);
      const positive = times(softplus(parameter('alpha_p', [1])), times(x, x));
      const below = graph.node('Exp', [graph.node('Min', [x, parameter('eps', [])])]);
      const negative = times(
        graph.node('Sub', [plus(below, constant(-1)), x]),
        plus(beta, softplus(parameter('alpha_n', [1]))),
      );
      const bent = graph.node('Where', [graph.node('Greater', [x, constant(0)]), positive, negative]);
      return plus(bent, linear);
    }
  }
}
