/**
 * What an .onnx file says of itself (onnx/onnx.proto): inputs, outputs, operators, weights kept outside. The bytes are
 * walked once, nothing of them is executed, and what could run for ever or reach outside is refused here.
 */
import { shown } from '../checkpoint/bytes.ts';
import { BitError } from '../errors.ts';
import {
  MAX_GRAPH_DEPTH,
  MAX_METADATA_BYTES,
  MAX_NAME_BYTES,
  MAX_NODES,
  MAX_RANK,
  MAX_VALUES,
} from './limits.ts';
import { type Field, ProtobufReader } from './protobuf.ts';
import { readTensor, type StoredOutside } from './tensor.ts';

/** A declared input or output. */
export interface OnnxValue {
  readonly name: string;
  /** TensorProto.DataType; null for what is no tensor. */
  readonly type: number | null;
  /** A size, the name of one that is free, or null where nothing is said; null as a whole for an unknown rank. */
  readonly shape: readonly (number | string | null)[] | null;
}

export interface OnnxModel {
  readonly file: string;
  readonly producer: string;
  /** Version of the default operator set. */
  readonly opset: number;
  /** Without those that are weights with a default. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** How often each operator occurs, subgraphs and functions included. */
  readonly operators: ReadonlyMap<string, number>;
  /** Number of values in the main graph's initializers. */
  readonly parameters: number;
  readonly outside: readonly StoredOutside[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** Domains whose operators the runtime brings itself. */
const DOMAINS = new Set(['', 'ai.onnx', 'com.microsoft']);
/** A trip count from the file decides how long these run. */
const ENDLESS = new Set(['Loop', 'Scan', 'SequenceMap']);

/**
 * Reads a ModelProto. Throws 'checkpoint-header' for what is no such message or contradicts itself, 'checkpoint-limit',
 * 'onnx-operator' for operators that are not run here, and 'onnx-path' for weights outside the model's folder.
 */
export function readOnnx(bytes: Uint8Array<ArrayBuffer>, file: string): OnnxModel {
  return new ModelReader(file).read(bytes);
}

class ModelReader {
  private readonly reader: ProtobufReader;
  private readonly file: string;
  private readonly operators = new Map<string, number>();
  private readonly outside: StoredOutside[] = [];
  private readonly metadata = new Map<string, string>();
  private readonly inputs: OnnxValue[] = [];
  private readonly outputs: OnnxValue[] = [];
  private readonly initializers = new Set<string>();
  private nodes = 0;
  private values = 0;
  private parameters = 0;

  constructor(file: string) {
    this.file = file;
    this.reader = new ProtobufReader(file);
  }

  read(bytes: Uint8Array<ArrayBuffer>): OnnxModel {
    const { reader } = this;
    let producer = '';
    let opset = 0;
    let graphs = 0;
    for (const field of reader.message(bytes)) {
      if (field.number === 2) producer = reader.text(field, MAX_NAME_BYTES);
      else if (field.number === 7) {
        if (++graphs > 1) throw reader.broken('has two graphs');
        this.graph(reader.nested(field), 0);
      } else if (field.number === 8) opset = this.defaultOpset(field) ?? opset;
      else if (field.number === 14) this.property(field);
      else if (field.number === 25) this.functionBody(reader.nested(field));
    }
    if (graphs === 0 || this.nodes === 0) throw reader.broken('has no graph');
    const inputs = this.inputs.filter(({ name }) => !this.initializers.has(name));
    return {
      file: this.file,
      producer,
      opset,
      inputs,
      outputs: this.outputs,
      operators: this.operators,
      parameters: this.parameters,
      outside: this.outside,
      metadata: this.metadata,
    };
  }

  private defaultOpset(field: Field): number | null {
    let domain = '';
    let version = 0;
    for (const entry of this.reader.message(this.reader.nested(field))) {
      if (entry.number === 1) domain = this.reader.text(entry, MAX_NAME_BYTES);
      else if (entry.number === 2) version = this.reader.integer(entry);
    }
    return domain === '' || domain === 'ai.onnx' ? version : null;
  }

  private property(field: Field): void {
    let key = '';
    let value = '';
    for (const entry of this.reader.message(this.reader.nested(field))) {
      if (entry.number === 1) key = this.reader.text(entry, MAX_NAME_BYTES);
      else if (entry.number === 2) value = this.reader.text(entry, MAX_METADATA_BYTES);
    }
    this.metadata.set(key, value);
  }

  private graph(bytes: Uint8Array<ArrayBuffer>, depth: number): void {
    const { reader } = this;
    if (depth > MAX_GRAPH_DEPTH)
      throw new BitError('checkpoint-limit', `nests graphs deeper than ${MAX_GRAPH_DEPTH}`, {
        file: this.file,
      });
    for (const field of reader.message(bytes)) {
      if (field.number === 1) this.node(reader.nested(field), depth);
      else if (field.number === 5) {
        const { name, length } = this.tensor(reader.nested(field));
        this.countValue();
        if (depth > 0) continue;
        this.initializers.add(name);
        this.parameters += length;
      } else if (field.number === 15) throw this.refused('keeps tensors sparse');
      else if (field.number === 11 && depth === 0) this.inputs.push(this.valueInfo(reader.nested(field)));
      else if (field.number === 12 && depth === 0) this.outputs.push(this.valueInfo(reader.nested(field)));
    }
  }

  private functionBody(bytes: Uint8Array<ArrayBuffer>): void {
    for (const field of this.reader.message(bytes)) {
      if (field.number === 7) this.node(this.reader.nested(field), 0);
      else if (field.number === 11) this.attribute(this.reader.nested(field), 0);
    }
  }

  private node(bytes: Uint8Array<ArrayBuffer>, depth: number): void {
    const { reader } = this;
    if (++this.nodes > MAX_NODES)
      throw new BitError('checkpoint-limit', `has more than ${MAX_NODES} nodes`, { file: this.file });
    let type = '';
    let domain = '';
    for (const field of reader.message(bytes)) {
      if (field.number === 4) type = reader.text(field, MAX_NAME_BYTES);
      else if (field.number === 7) domain = reader.text(field, MAX_NAME_BYTES);
      else if (field.number === 5) this.attribute(reader.nested(field), depth);
    }
    if (!DOMAINS.has(domain))
      throw this.refused(
        `uses ${shown(type)} of ${shown(domain)}, operators that the runtime does not bring`,
      );
    if (ENDLESS.has(type)) throw this.refused(`uses ${type}, which may run for ever and which no BiT needs`);
    this.operators.set(type, (this.operators.get(type) ?? 0) + 1);
  }

  private attribute(bytes: Uint8Array<ArrayBuffer>, depth: number): void {
    const { reader } = this;
    for (const field of reader.message(bytes)) {
      if (field.number === 5 || field.number === 10) this.tensor(reader.nested(field));
      else if (field.number === 6 || field.number === 11) this.graph(reader.nested(field), depth + 1);
      else if (field.number === 22 || field.number === 23) throw this.refused('keeps tensors sparse');
    }
  }

  private tensor(bytes: Uint8Array<ArrayBuffer>): { name: string; length: number } {
    const { name, length, outside } = readTensor(this.reader, bytes);
    if (outside) this.outside.push(outside);
    return { name, length };
  }

  private countValue(): void {
    if (++this.values > MAX_VALUES)
      throw new BitError('checkpoint-limit', `has more than ${MAX_VALUES} inputs, outputs and weights`, {
        file: this.file,
      });
  }

  private valueInfo(bytes: Uint8Array<ArrayBuffer>): OnnxValue {
    const { reader } = this;
    this.countValue();
    let name = '';
    let type: number | null = null;
    let shape: OnnxValue['shape'] = null;
    for (const field of reader.message(bytes)) {
      if (field.number === 1) name = reader.text(field, MAX_NAME_BYTES);
      if (field.number !== 2) continue;
      for (const kind of reader.message(reader.nested(field))) {
        if (kind.number !== 1) continue;
        for (const part of reader.message(reader.nested(kind))) {
          if (part.number === 1) type = reader.integer(part);
          else if (part.number === 2) shape = this.shape(reader.nested(part));
        }
      }
    }
    return { name, type, shape };
  }

  private shape(bytes: Uint8Array<ArrayBuffer>): (number | string | null)[] {
    const { reader } = this;
    const sizes: (number | string | null)[] = [];
    for (const field of reader.message(bytes)) {
      if (field.number !== 1) continue;
      let size: number | string | null = null;
      for (const part of reader.message(reader.nested(field))) {
        // exporters write 0 and -1 for a free size
        if (part.number === 1) size = reader.integer(part) > 0 ? reader.integer(part) : null;
        else if (part.number === 2) size = reader.text(part, MAX_NAME_BYTES);
      }
      sizes.push(size);
      if (sizes.length > MAX_RANK)
        throw new BitError('checkpoint-limit', `has a shape of more than ${MAX_RANK} axes`, {
          file: this.file,
        });
    }
    return sizes;
  }

  private refused(why: string): BitError {
    return new BitError('onnx-operator', why, { file: this.file });
  }
}
