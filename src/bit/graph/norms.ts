/** GroupNorm as ONNX nodes, in the form that suits a device. All of it is float32. */
import type { OnnxWriter, Value } from './onnx.ts';

/** Epsilon of every GroupNorm (transformers `BitGroupNormActivation`). */
const GROUP_NORM_EPSILON = 1e-5;

/** One GroupNorm: its groups, its channels, and its checkpoint tensors [channels], reshaped to `as`. */
export interface Norm {
  readonly graph: OnnxWriter;
  readonly groups: number;
  readonly channels: number;
  readonly parameter: (leaf: 'weight' | 'bias', as?: readonly number[]) => Value;
}

/** Scale and shift a channel as a depthwise 1x1 Conv, which fuses with a ReLU behind it. */
function affine(x: Value, { graph, channels, parameter }: Norm): Value {
  const scale = parameter('weight', [channels, 1, 1, 1]);
  const shift = parameter('bias');
  return graph.node('Conv', [x, scale, shift], { kernel_shape: [1, 1], group: channels });
}

/**
 * GroupNorm whose means are taken in two steps, over W and then over the rest of the group: ONNX Runtime's CPU sums
 * are naive, and over 100,000 values of one group they lose two digits that the logits of a full-size net then miss.
 */
export function normInTwoSteps(x: Value, norm: Norm): Value {
  const { graph, groups } = norm;
  const rows = graph.node(
    'Concat',
    [graph.integers([0, groups, -1]), graph.node('Shape', [x], { start: 3, end: 4 })],
    { axis: 0 },
  );
  const grouped = graph.node('Reshape', [x, rows]);
  const mean = (type: string, value: Value): Value => {
    const inner = graph.node(type, [value, graph.integers([3])], { keepdims: 1 });
    return graph.node('ReduceMean', [inner, graph.integers([2])], { keepdims: 1 });
  };
  const deviation = graph.node('Sub', [grouped, mean('ReduceMean', grouped)]);
  const width = graph.node('Cast', [graph.node('Shape', [x], { start: 3, end: 4 })], { to: 1 });
  const variance = graph.node('Div', [mean('ReduceSumSquare', deviation), width]);
  const sd = graph.node('Sqrt', [graph.node('Add', [variance, graph.floats([GROUP_NORM_EPSILON], [])])]);
  const scaled = graph.node('Mul', [deviation, graph.node('Reciprocal', [sd])]);
  const normed = graph.node('Reshape', [scaled, graph.node('Shape', [x])]);
  return affine(normed, norm);
}

/** GroupNorm by per-channel means, averaged over each group's channels; the variance is of the deviations (two passes). */
export function normByReduction(x: Value, { graph, groups, channels, parameter }: Norm): Value {
  const perGroup = channels / groups;
  const groupMean = (value: Value): Value => {
    const perChannel = graph.node('ReduceMean', [value, graph.integers([2, 3])], { keepdims: 1 });
    const grouped = graph.node('Reshape', [perChannel, graph.integers([0, groups, perGroup, 1])]);
    return graph.node('ReduceMean', [grouped, graph.integers([2])], { keepdims: 1 });
  };
  const spread = (value: Value): Value => {
    const expanded = graph.node('Add', [
      value,
      graph.floats(new Array<number>(perGroup).fill(0), [1, 1, perGroup, 1]),
    ]);
    return graph.node('Reshape', [expanded, graph.integers([0, channels, 1, 1])]);
  };
  const deviation = graph.node('Sub', [x, spread(groupMean(x))]);
  const variance = groupMean(graph.node('Mul', [deviation, deviation]));
  const sd = graph.node('Sqrt', [graph.node('Add', [variance, graph.floats([GROUP_NORM_EPSILON], [])])]);
  const scale = graph.node('Div', [parameter('weight', [1, channels, 1, 1]), spread(sd)]);
  const shift = parameter('bias', [1, channels, 1, 1]);
  return graph.node('Add', [graph.node('Mul', [deviation, scale]), shift]);
}
