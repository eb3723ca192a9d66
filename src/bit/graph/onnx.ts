/**
 * Writes ONNX models: just enough of onnx.proto (field numbers from onnx/onnx.proto, IR version 8) for a network
 * whose large tensors lie outside the file, in one buffer that the runtime is handed beside it.
 */
import { MessageWriter } from './protobuf.ts';

/** A value in the graph: a node's output, an input or an initializer, by its name. */
export type Value = string;

/** Attribute values by their type: integers, floats by `{ float }`, strings, integer lists. */
export type Attribute = number | string | readonly number[] | { readonly float: number };

/** Path under which the runtime looks for the external tensors. */
export const EXTERNAL_DATA_PATH = 'weights';

/** TensorProto.DataType of what is written here, and the bytes of one value. */
export const FLOAT = 1;
export const FLOAT16 = 10;
const INT64 = 7;
export type FloatType = typeof FLOAT | typeof FLOAT16;
export const BYTES_PER_VALUE = { [FLOAT]: 4, [FLOAT16]: 2 } as const;

const IR_VERSION = 8;
/** ReduceMean takes its axes as an input from opset 18 on. */
const OPSET = 18;

/** Adds nodes and tensors in order and serializes them. Names are made here, so they cannot collide. */
export class OnnxWriter {
  private readonly nodes: Uint8Array[] = [];
  private readonly initializers: Uint8Array[] = [];
  private readonly inputs: Uint8Array[] = [];
  private readonly outputs: Uint8Array[] = [];
  private readonly constants = new Map<string, Value>();
  private count = 0;

  /** Declares a float32 input; a string dimension is dynamic. */
  input(name: string, shape: readonly (number | string)[]): Value {
    this.inputs.push(valueInfo(name, shape));
    return name;
  }

  /** Declares `value` to be an output called `name`, of the given rank with dynamic dimensions. */
  output(name: string, value: Value, dimensions: readonly (number | string)[]): void {
    this.node('Identity', [value], {}, name);
    this.outputs.push(valueInfo(name, dimensions));
  }

  /** Adds a node with one output and returns that output. */
  node(
    type: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>> = {},
    output?: string,
  ): Value {
    const name = output ?? `${type}_${this.count++}`;
    const writer = new MessageWriter();
    for (const input of inputs) writer.string(1, input);
    writer.string(2, name);
    writer.string(3, name);
    writer.string(4, type);
    for (const [key, value] of Object.entries(attributes)) writer.message(5, attribute(key, value));
    this.nodes.push(writer.finish());
    return name;
  }

  /** A small float32 tensor stored inside the graph; equal ones are shared. */
  floats(values: readonly number[], shape: readonly number[] = [values.length]): Value {
    // Object.is tells -0 from 0, which matters for the stem's pad value; JSON.stringify does not
    const key = `f${shape.join('x')}:${values.map((v) => (Object.is(v, -0) ? '-0' : String(v))).join()}`;
    return this.constant(key, FLOAT, shape, new Uint8Array(Float32Array.from(values).buffer));
  }

  /** A float16 tensor of zeros below zero (-0), stored inside the graph. */
  negativeZeroHalf(): Value {
    return this.constant('h:-0', FLOAT16, [], new Uint8Array(Uint16Array.of(0x8000).buffer));
  }

  /** A small int64 tensor (shapes, axes, pads) stored inside the graph; equal ones are shared. */
  integers(values: readonly number[], shape: readonly number[] = [values.length]): Value {
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return this.constant(`i${shape.join('x')}:${values.join()}`, INT64, shape, bytes);
  }

  /** A tensor whose bytes lie in the external buffer at byte `offset`. */
  external(name: string, shape: readonly number[], offset: number, type: FloatType = FLOAT): Value {
    const writer = tensorHeader(name, type, shape);
    const length = BYTES_PER_VALUE[type] * shape.reduce((a, b) => a * b, 1);
    for (const [key, value] of [
      ['location', EXTERNAL_DATA_PATH],
      ['offset', String(offset)],
      ['length', String(length)],
    ] as const) {
      const entry = new MessageWriter();
      entry.string(1, key);
      entry.string(2, value);
      writer.message(13, entry.finish());
    }
    writer.integer(14, 1); // data_location EXTERNAL
    this.initializers.push(writer.finish());
    return name;
  }

  /** The ModelProto's bytes. */
  finish(graphName: string): Uint8Array<ArrayBuffer> {
    const graph = new MessageWriter();
    for (const node of this.nodes) graph.message(1, node);
    graph.string(2, graphName);
    for (const tensor of this.initializers) graph.message(5, tensor);
    for (const input of this.inputs) graph.message(11, input);
    for (const output of this.outputs) graph.message(12, output);
    const opset = new MessageWriter();
    opset.integer(2, OPSET);
    const model = new MessageWriter();
    model.integer(1, IR_VERSION);
    model.string(2, 'bit-lens');
    model.message(7, graph.finish());
    model.message(8, opset.finish());
    return model.finish();
  }

  private constant(key: string, type: number, shape: readonly number[], bytes: Uint8Array): Value {
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const name = `const_${this.constants.size}`;
    const writer = tensorHeader(name, type, shape);
    writer.message(9, bytes);
    this.initializers.push(writer.finish());
    this.constants.set(key, name);
    return name;
  }
}

function tensorHeader(name: string, type: number, shape: readonly number[]): MessageWriter {
  const writer = new MessageWriter();
  for (const dimension of shape) writer.integer(1, dimension);
  writer.integer(2, type);
  writer.string(8, name);
  return writer;
}

function attribute(name: string, value: Attribute): Uint8Array {
  const writer = new MessageWriter();
  writer.string(1, name);
  if (typeof value === 'number') {
    writer.integer(3, value);
    writer.integer(20, 2); // INT
  } else if (typeof value === 'string') {
    writer.message(4, new TextEncoder().encode(value));
    writer.integer(20, 3); // STRING
  } else if ('float' in value) {
    writer.float(2, value.float);
    writer.integer(20, 1); // FLOAT
  } else {
    for (const item of value) writer.integer(8, item);
    writer.integer(20, 7); // INTS
  }
  return writer.finish();
}

function valueInfo(name: string, shape: readonly (number | string)[]): Uint8Array {
  const dimensions = new MessageWriter();
  for (const size of shape) {
    const dimension = new MessageWriter();
    if (typeof size === 'number') dimension.integer(1, size);
    else dimension.string(2, size);
    dimensions.message(1, dimension.finish());
  }
  const tensor = new MessageWriter();
  tensor.integer(1, FLOAT);
  tensor.message(2, dimensions.finish());
  const type = new MessageWriter();
  type.message(1, tensor.finish());
  const info = new MessageWriter();
  info.string(1, name);
  info.message(2, type.finish());
  return info.finish();
}
