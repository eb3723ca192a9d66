/** Whether an .onnx is an image classifier that can be run as it is: one picture in, one number a class out. */
import { shown } from '../checkpoint/bytes.ts';
import { BitError } from '../errors.ts';
import type { OnnxModel, OnnxValue } from './model.ts';

export interface OnnxClassifier {
  readonly input: {
    readonly name: string;
    readonly type: 'float32' | 'float16';
    /** True where the model takes one picture at a time. */
    readonly single: boolean;
    readonly channels: number;
    /** null where the model takes any. */
    readonly height: number | null;
    readonly width: number | null;
  };
  readonly output: {
    readonly name: string;
    /** null where the model does not say; a run tells. */
    readonly classes: number | null;
  };
}

const FLOAT = 1;
const FLOAT16 = 10;
const CHANNELS = [1, 3, 4];

/** Throws 'onnx-classifier', saying what there is instead. */
export function asClassifier(model: OnnxModel): OnnxClassifier {
  const refuse = (why: string): never => {
    throw new BitError('onnx-classifier', why, { file: model.file });
  };
  const [input, second] = model.inputs;
  if (!input || second)
    return refuse(`takes ${model.inputs.length} inputs (${listed(model.inputs)}), not one picture`);
  if (input.type !== FLOAT && input.type !== FLOAT16)
    return refuse(`takes ${described(input)} of type ${input.type ?? 'unknown'}, not float32 or float16`);
  if (input.shape?.length !== 4) return refuse(`takes ${described(input)}, not pictures [N, C, H, W]`);
  const [batch, channels, height, width] = input.shape;
  if (typeof batch === 'number' && batch !== 1)
    return refuse(`takes ${described(input)}: ${batch} pictures at once`);
  if (typeof channels === 'number' && !CHANNELS.includes(channels)) {
    const last = typeof width === 'number' && CHANNELS.includes(width);
    return refuse(
      `takes ${described(input)}, ${last ? 'channels last, not' : 'not 3 channels as in'} [N, 3, H, W]`,
    );
  }
  const size = (value: number | string | null | undefined): number | null =>
    typeof value === 'number' ? value : null;
  const output =
    outputOf(model) ?? refuse(`gives ${listed(model.outputs)}, not one number a class [N, classes]`);
  return {
    input: {
      name: input.name,
      type: input.type === FLOAT ? 'float32' : 'float16',
      single: batch === 1,
      channels: size(channels) ?? 3,
      height: size(height),
      width: size(width),
    },
    output: { name: output.name, classes: size(output.shape?.[1]) },
  };
}

/** `logits`, or else the only output that can be one number a class. */
function outputOf(model: OnnxModel): OnnxValue | null {
  const fitting = model.outputs.filter(
    ({ type, shape }) =>
      (type === FLOAT || type === FLOAT16) &&
      (shape === null || (shape.length === 2 && (shape[0] === 1 || typeof shape[0] !== 'number'))),
  );
  const named = fitting.find(({ name }) => name === 'logits');
  return named ?? (fitting.length === 1 ? (fitting[0] ?? null) : null);
}

function listed(values: readonly OnnxValue[]): string {
  const some = values.slice(0, 5).map(described).join(', ');
  return values.length === 0 ? 'nothing' : values.length > 5 ? `${some}, ...` : some;
}

function described({ name, shape }: OnnxValue): string {
  const sizes = shape
    ?.slice(0, 8)
    .map((size) => (typeof size === 'string' ? size.slice(0, 20) : (size ?? '?')));
  return `${shown(name)} ${sizes ? `[${sizes.join(', ')}]` : 'of unknown shape'}`;
}
