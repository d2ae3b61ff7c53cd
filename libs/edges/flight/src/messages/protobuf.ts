// Protocol Buffers ("Encoding"), as far as Flight's messages need it: a message is its fields by number, read from and
// written to plain objects. What comes from outside is checked, fields that are not known are skipped.
import { TesseraError } from '@tessera/domain';

type Kind = 'bytes' | 'text' | 'int' | 'bool' | MessageType<never>;

interface FieldType {
  readonly number: number;
  readonly kind: Kind;
  readonly isRepeated: boolean;
  /** One of several that may be there: absent rather than empty if it is not. */
  readonly isOptional: boolean;
}

type FieldTypes<Value> = { readonly [Name in keyof Required<Value>]: FieldType };

const field = (kind: Kind, more: Partial<FieldType> = {}) => (number: number): FieldType => ({ number, kind, isRepeated: false, isOptional: false, ...more });

export const bytesField = field('bytes');
export const textField = field('text');
export const textsField = field('text', { isRepeated: true });
/** Any of the varint types: int32, int64, uint64, enums. */
export const intField = field('int');
export const boolField = field('bool');
export const optionalTextField = field('text', { isOptional: true });
export const optionalBytesField = field('bytes', { isOptional: true });
/** Absent if it is not there. */
export const messageField = <Value>(type: MessageType<Value>, number: number): FieldType => field(type as MessageType<never>)(number);
export const messagesField = <Value>(type: MessageType<Value>, number: number): FieldType => field(type as MessageType<never>, { isRepeated: true })(number);

const varintWire = 0;
const lengthWire = 2;

/** One type of message. */
export class MessageType<Value> {
  readonly #fields: readonly (FieldType & { readonly name: string })[];
  readonly #byNumber: ReadonlyMap<number, FieldType & { readonly name: string }>;

  constructor(fields: FieldTypes<Value>) {
    this.#fields = Object.entries<FieldType>(fields).map(([name, type]) => ({ name, ...type }));
    this.#byNumber = new Map(this.#fields.map((each) => [each.number, each]));
  }

  encode(value: Partial<Value>): Buffer {
    const parts: Uint8Array[] = [];
    for (const { name, number, kind, isRepeated, isOptional } of this.#fields) {
      const given = (value as Record<string, unknown>)[name];
      if (given === undefined) continue;
      for (const each of isRepeated ? (given as readonly unknown[]) : [given]) {
        if (!isRepeated && !isOptional && isDefault(each)) continue;
        if (kind === 'int' || kind === 'bool') {
          parts.push(encodeVarint(number * 8 + varintWire), encodeVarint(Number(each)));
        } else {
          const content = kind === 'bytes' ? (each as Uint8Array) : kind === 'text' ? Buffer.from(each as string) : kind.encode(each as never);
          parts.push(lengthPrefix(number, content.byteLength), content);
        }
      }
    }
    return Buffer.concat(parts);
  }

  /** Bytes are views. @throws TesseraError invalid_argument if they are no such message. */
  decode(bytes: Uint8Array): Value {
    const value: Record<string, unknown> = {};
    for (const { name, kind, isRepeated, isOptional } of this.#fields) {
      if (isRepeated) value[name] = [];
      else if (!isOptional && typeof kind === 'string') value[name] = emptyValues[kind]();
    }
    for (const { number, wire, content } of readFields(bytes)) {
      const type = this.#byNumber.get(number);
      if (!type) continue;
      const { name, kind, isRepeated } = type;
      if (wire !== (kind === 'int' || kind === 'bool' ? varintWire : lengthWire)) throw damaged();
      const read = readValue(kind, content);
      if (isRepeated) (value[name] as unknown[]).push(read);
      else value[name] = read;
    }
    return value as Value;
  }
}

const emptyValues = { bytes: () => new Uint8Array(0), text: () => '', int: () => 0, bool: () => false };

function isDefault(value: unknown): boolean {
  return value === '' || value === 0 || value === false || (value instanceof Uint8Array && value.byteLength === 0);
}

function readValue(kind: Kind, content: Uint8Array | bigint): unknown {
  switch (kind) {
    case 'int': return Number(BigInt.asIntN(64, content as bigint));
    case 'bool': return content !== 0n;
    case 'bytes': return content;
    case 'text': return readText(content as Uint8Array);
    default: return kind.decode(content as Uint8Array);
  }
}

function readText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new TesseraError('invalid_argument', 'A text in the request is not valid UTF-8.', {}, { cause });
  }
}

function* readFields(bytes: Uint8Array): Generator<{ readonly number: number; readonly wire: number; readonly content: Uint8Array | bigint }> {
  let at = 0;
  const readVarint = () => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (at >= bytes.byteLength) throw damaged();
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw damaged();
  };
  const take = (byteLength: number) => {
    if (byteLength > bytes.byteLength - at) throw damaged();
    at += byteLength;
    return bytes.subarray(at - byteLength, at);
  };
  while (at < bytes.byteLength) {
    const tag = Number(readVarint());
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (number === 0) throw damaged();
    switch (wire) {
      case 0: yield { number, wire, content: readVarint() }; break;
      case 1: yield { number, wire, content: take(8) }; break;
      case 2: yield { number, wire, content: take(Number(readVarint())) }; break;
      case 5: yield { number, wire, content: take(4) }; break;
      default: throw damaged(); // Groups are no more.
    }
  }
}

function damaged(): TesseraError {
  return new TesseraError('invalid_argument', 'The request is not the Flight message that it should be: it is damaged or cut off.');
}

/** Tag and length of a field of bytes. */
export function lengthPrefix(number: number, byteLength: number): Buffer {
  return Buffer.concat([encodeVarint(number * 8 + lengthWire), encodeVarint(byteLength)]);
}

function encodeVarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
