/**
 * Writes ONNX models: just enough of onnx.proto (field numbers from onnx/onnx.proto, IR version 8) for a network
 * whose large tensors lie outside the file, in one buffer that the runtime is handed beside it.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** A value in the graph: a node's output, an input or an initializer, by its name. */
export type Value = string;

/** Attribute values by their type: integers, floats by `{ float }`, strings, integer lists. */
export type Attribute = number | string | readonly number[] | { readonly float: number };

/** Path under which the runtime looks for the external tensors. */
export const EXTERNAL_DATA_PATH = 'weights';

const FLOAT = 1;
const INT64 = 7;
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
    const writer = new BinaryWriter();
    for (const input of inputs) writer.tag(1, WireType.LengthDelimited).string(input);
    writer.tag(2, WireType.LengthDelimited).string(name);
    writer.tag(3, WireType.LengthDelimited).string(name);
    writer.tag(4, WireType.LengthDelimited).string(type);
    for (const [key, value] of Object.entries(attributes)) message(writer, 5, attribute(key, value));
    this.nodes.push(writer.finish());
    return name;
  }

  /** A small float32 tensor stored inside the graph; equal ones are shared. */
  floats(values: readonly number[], shape: readonly number[] = [values.length]): Value {
    // Object.is tells -0 from 0, which matters for the stem's pad value; JSON.stringify does not
    const key = `f${shape.join('x')}:${values.map((v) => (Object.is(v, -0) ? '-0' : String(v))).join()}`;
    return this.constant(key, FLOAT, shape, new Uint8Array(Float32Array.from(values).buffer));
  }

  /** A small int64 tensor (shapes, axes, pads) stored inside the graph; equal ones are shared. */
  integers(values: readonly number[], shape: readonly number[] = [values.length]): Value {
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return this.constant(`i${shape.join('x')}:${values.join()}`, INT64, shape, bytes);
  }

  /** A float32 tensor whose bytes lie in the external buffer at `offset`. */
  external(name: string, shape: readonly number[], offset: number): Value {
    const writer = tensorHeader(name, FLOAT, shape);
    const length = 4 * shape.reduce((a, b) => a * b, 1);
    for (const [key, value] of [
      ['location', EXTERNAL_DATA_PATH],
      ['offset', String(offset)],
      ['length', String(length)],
    ] as const) {
      const entry = new BinaryWriter();
      entry.tag(1, WireType.LengthDelimited).string(key);
      entry.tag(2, WireType.LengthDelimited).string(value);
      message(writer, 13, entry.finish());
    }
    writer.tag(14, WireType.Varint).int32(1); // data_location EXTERNAL
    this.initializers.push(writer.finish());
    return name;
  }

  /** The ModelProto's bytes. */
  finish(graphName: string): Uint8Array<ArrayBuffer> {
    const graph = new BinaryWriter();
    for (const node of this.nodes) message(graph, 1, node);
    graph.tag(2, WireType.LengthDelimited).string(graphName);
    for (const tensor of this.initializers) message(graph, 5, tensor);
    for (const input of this.inputs) message(graph, 11, input);
    for (const output of this.outputs) message(graph, 12, output);
    const opset = new BinaryWriter();
    opset.tag(2, WireType.Varint).int64(OPSET);
    const model = new BinaryWriter();
    model.tag(1, WireType.Varint).int64(IR_VERSION);
    model.tag(2, WireType.LengthDelimited).string('bit-lens');
    message(model, 7, graph.finish());
    message(model, 8, opset.finish());
    return model.finish();
  }

  private constant(key: string, type: number, shape: readonly number[], bytes: Uint8Array): Value {
    const known = this.constants.get(key);
    if (known !== undefined) return known;
    const name = `const_${this.constants.size}`;
    const writer = tensorHeader(name, type, shape);
    message(writer, 9, bytes);
    this.initializers.push(writer.finish());
    this.constants.set(key, name);
    return name;
  }
}

function message(writer: BinaryWriter, field: number, bytes: Uint8Array): void {
  writer.tag(field, WireType.LengthDelimited).bytes(bytes);
}

function tensorHeader(name: string, type: number, shape: readonly number[]): BinaryWriter {
  const writer = new BinaryWriter();
  for (const dimension of shape) writer.tag(1, WireType.Varint).int64(dimension);
  writer.tag(2, WireType.Varint).int32(type);
  writer.tag(8, WireType.LengthDelimited).string(name);
  return writer;
}

function attribute(name: string, value: Attribute): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).string(name);
  if (typeof value === 'number') {
    writer.tag(3, WireType.Varint).int64(value);
    writer.tag(20, WireType.Varint).int32(2); // INT
  } else if (typeof value === 'string') {
    message(writer, 4, new TextEncoder().encode(value));
    writer.tag(20, WireType.Varint).int32(3); // STRING
  } else if ('float' in value) {
    writer.tag(2, WireType.Bit32).float(value.float);
    writer.tag(20, WireType.Varint).int32(1); // FLOAT
  } else {
    for (const item of value) writer.tag(8, WireType.Varint).int64(item);
    writer.tag(20, WireType.Varint).int32(7); // INTS
  }
  return writer.finish();
}

function valueInfo(name: string, shape: readonly (number | string)[]): Uint8Array {
  const dimensions = new BinaryWriter();
  for (const size of shape) {
    const dimension = new BinaryWriter();
    if (typeof size === 'number') dimension.tag(1, WireType.Varint).int64(size);
    else dimension.tag(2, WireType.LengthDelimited).string(size);
    message(dimensions, 1, dimension.finish());
  }
  const tensor = new BinaryWriter();
  tensor.tag(1, WireType.Varint).int32(FLOAT);
  message(tensor, 2, dimensions.finish());
  const type = new BinaryWriter();
  message(type, 1, tensor.finish());
  const info = new BinaryWriter();
  info.tag(1, WireType.LengthDelimited).string(name);
  message(info, 2, type.finish());
  return info.finish();
}
