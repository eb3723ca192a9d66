/** Writes protobuf messages (protobuf.dev, Encoding): the few field kinds that ONNX files use. */
const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Appends fields in order; `finish` gives the message's bytes. */
export class MessageWriter {
  private readonly bytes: number[] = [];
  private readonly chunks: Uint8Array[] = [];

  /** A non-negative integer (int32, int64, enum) below 2^53, or a negative one as int64's ten bytes. */
  integer(field: number, value: number): this {
    this.varint(field * 8 + VARINT);
    if (value >= 0) this.varint(value);
    else this.negative(value);
    return this;
  }

  float(field: number, value: number): this {
    this.varint(field * 8 + FIXED32);
    this.bytes.push(...new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  string(field: number, value: string): this {
    return this.message(field, new TextEncoder().encode(value));
  }

  /** Bytes, or a nested message. */
  message(field: number, value: Uint8Array): this {
    this.announce(field, value.length);
    this.chunks.push(Uint8Array.from(this.bytes.splice(0)), value);
    return this;
  }

  /** What stands ahead of a nested message of `length` bytes that the caller writes behind it. */
  announce(field: number, length: number): this {
    this.varint(field * 8 + LENGTH_DELIMITED);
    this.varint(length);
    return this;
  }

  finish(): Uint8Array<ArrayBuffer> {
    this.chunks.push(Uint8Array.from(this.bytes.splice(0)));
    const out = new Uint8Array(this.chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let offset = 0;
    for (const chunk of this.chunks) {
      out.set(chunk, offset);
      offset += chunk.length;
    }
    return out;
  }

  private varint(value: number): void {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.bytes.push((rest % 128) | 128);
    this.bytes.push(rest);
  }

  private negative(value: number): void {
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) this.bytes.push(Number(rest & 127n) | 128);
    this.bytes.push(Number(rest));
  }
}
