// The bytes of a manifest: magic, header length, a JSON header, then the binary
// parts 8-byte aligned. Typed arrays are read in place, without a copy.
import { TesseraError } from '../errors/tessera-error.ts';
import type { Manifest } from './manifest.ts';

const magic = 0x314d5354; // "TSM1", little endian
const prefixByteLength = 8;

const binaryTypes = { u1: Uint8Array, u4: Uint32Array, f8: Float64Array } as const;
type BinaryTag = keyof typeof binaryTypes;
type Binary = Uint8Array | Uint32Array | Float64Array;

function binaryTag(value: unknown): BinaryTag | undefined {
  if (value instanceof Uint8Array) return 'u1';
  if (value instanceof Uint32Array) return 'u4';
  return value instanceof Float64Array ? 'f8' : undefined;
}

const align8 = (byteLength: number) => (byteLength + 7) & ~7;

/** Canonical bytes: equal manifests give equal bytes, so their hash names them. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const parts: Binary[] = [];
  let partsByteLength = 0;
  const plain = (value: unknown): unknown => {
    const tag = binaryTag(value);
    if (tag) {
      const part = value as Binary;
      const reference = { $bin: tag, at: partsByteLength, n: part.length };
      parts.push(part);
      partsByteLength += align8(part.byteLength);
      return reference;
    }
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    // Keys are sorted so that the order in which a format filled them in does not matter.
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
  };
  const header = new TextEncoder().encode(JSON.stringify(plain(manifest)));
  const partsStart = align8(prefixByteLength + header.byteLength);
  const bytes = new Uint8Array(partsStart + partsByteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, true);
  view.setUint32(4, header.byteLength, true);
  bytes.set(header, prefixByteLength);
  let at = partsStart;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += align8(part.byteLength);
  }
  return bytes;
}

/** The inverse of `encodeManifest`. @throws TesseraError internal if the bytes are not a manifest. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  // Typed arrays need aligned starts; a slice of a pooled buffer may not have one. (Buffer's own slice() would not copy.)
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  const view = new DataView(aligned.buffer, aligned.byteOffset, aligned.byteLength);
  if (aligned.byteLength < prefixByteLength || view.getUint32(0, true) !== magic) throw damaged();
  const headerByteLength = view.getUint32(4, true);
  const header = new TextDecoder().decode(aligned.subarray(prefixByteLength, prefixByteLength + headerByteLength));
  const partsStart = align8(prefixByteLength + headerByteLength);
  const binary = ({ $bin, at, n }: BinaryReference): Binary => {
    const type = binaryTypes[$bin];
    // The buffer may hold more than this manifest: a part must not reach into its neighbour.
    if (partsStart + at + n * type.BYTES_PER_ELEMENT > aligned.byteLength) throw damaged();
    return new type(aligned.buffer as ArrayBuffer, aligned.byteOffset + partsStart + at, n);
  };
  try {
    return JSON.parse(header, (_key, value: unknown) => (isReference(value) ? binary(value) : value)) as Manifest;
  } catch (error) {
    throw damaged(error);
  }
}

interface BinaryReference {
  readonly $bin: BinaryTag;
  readonly at: number;
  readonly n: number;
}

/** Exactly what `encodeManifest` writes for a binary part; a format's own object may happen to have such a key. */
function isReference(value: unknown): value is BinaryReference {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 3) return false;
  const { $bin, at, n } = value as Partial<Record<keyof BinaryReference, unknown>>;
  return typeof $bin === 'string' && $bin in binaryTypes && typeof at === 'number' && typeof n === 'number';
}

const damaged = (cause?: unknown) => new TesseraError('internal', 'A stored manifest is damaged.', {}, { cause });
