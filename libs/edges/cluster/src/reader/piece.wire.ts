// Messages that carry bytes, encoded by hand (Protocol Buffers, "Encoding"): one copy instead of the three of a
// generic encoder and its framing. `Piece` and `ChunkPiece` of reader.proto are what is on the wire.

export interface ChunkPiece {
  /** Undefined: nothing was ever written there. */
  readonly data?: Uint8Array | undefined;
  /** The chunk does not fit in one message. */
  readonly oversize?: boolean;
  /** Of the whole chunk; in the first piece of a stream. */
  readonly totalByteLength?: number;
  /** Of the whole chunk; in the first piece of a stream. */
  readonly version?: string | undefined;
  /** The caller has the bytes. */
  readonly isUnchanged?: boolean;
  /** Of the whole chunk, if only a range of it is given; in the first piece of a stream. */
  readonly chunkByteLength?: number | undefined;
}

// A tag is the field number shifted by 3, plus the wire type: 0 = varint, 2 = length-delimited.
const dataTag = (1 << 3) | 2;
const absentTag = 2 << 3;
const oversizeTag = 3 << 3;
const totalTag = 4 << 3;
const versionTag = (5 << 3) | 2;
const unchangedTag = 6 << 3;
const chunkLengthTag = 7 << 3;

function varintByteLength(value: number): number {
  let byteLength = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) byteLength++;
  return byteLength;
}

function writeVarint(buffer: Buffer, at: number, value: number): number {
  let rest = value;
  while (rest > 127) {
    buffer[at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  buffer[at++] = rest;
  return at;
}

/**
 * A message that writes itself straight into the frame which grpc-js makes of it: its server asks a serialised
 * message for its length and to copy itself, nothing else. This saves an allocation and a copy as large as the
 * data, a fifth of the server's CPU for a chunk. The tests send bytes through a socket: they fail if that changes.
 */
class DirectMessage {
  readonly byteLength: number;

  constructor(private readonly head: Buffer, private readonly data: Uint8Array) {
    this.byteLength = head.byteLength + data.byteLength;
  }

  copy(target: Uint8Array, targetOffset: number): number {
    target.set(this.head, targetOffset);
    target.set(this.data, targetOffset + this.head.byteLength);
    return this.byteLength;
  }
}

/** `Piece`, and the common case of `ChunkPiece`: field 1, the bytes. */
export function serializePiece(data: Uint8Array): Buffer {
  const head = Buffer.allocUnsafe(1 + varintByteLength(data.byteLength));
  head[0] = dataTag;
  writeVarint(head, 1, data.byteLength);
  return new DirectMessage(head, data) as unknown as Buffer;
}

export function deserializePiece(buffer: Buffer): Uint8Array {
  return deserializeChunkPiece(buffer).data ?? new Uint8Array(0);
}

export function serializeChunkPiece({ data, oversize, totalByteLength, version, isUnchanged, chunkByteLength }: ChunkPiece): Buffer {
  if (oversize) return Buffer.from([oversizeTag, 1]);
  if (data === undefined && !isUnchanged) return Buffer.from([absentTag, 1]);
  if (data !== undefined && totalByteLength === undefined && version === undefined && chunkByteLength === undefined) return serializePiece(data);
  const versionBytes = version === undefined ? undefined : Buffer.from(version);
  // Tags are a byte each, and no varint is longer than ten.
  const head = Buffer.allocUnsafe(51 + (versionBytes?.byteLength ?? 0));
  let at = 0;
  if (totalByteLength !== undefined) {
    head[at++] = totalTag;
    at = writeVarint(head, at, totalByteLength);
  }
  if (chunkByteLength !== undefined) {
    head[at++] = chunkLengthTag;
    at = writeVarint(head, at, chunkByteLength);
  }
  if (versionBytes) {
    head[at++] = versionTag;
    at = writeVarint(head, at, versionBytes.byteLength);
    at += versionBytes.copy(head, at);
  }
  if (data === undefined) {
    head[at++] = unchangedTag;
    head[at++] = 1;
    return head.subarray(0, at);
  }
  head[at++] = dataTag;
  at = writeVarint(head, at, data.byteLength);
  return new DirectMessage(head.subarray(0, at), data) as unknown as Buffer;
}

/** The data are a view of `buffer`. Fields that are not known are skipped. @throws RangeError if it is no message. */
export function deserializeChunkPiece(buffer: Buffer): ChunkPiece {
  let at = 0;
  const readVarint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (at >= buffer.length || scale > 2 ** 63) throw new RangeError('A message of the reader is cut short.');
      const byte = buffer[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  const piece: { -readonly [Key in keyof ChunkPiece]: ChunkPiece[Key] } = { data: new Uint8Array(0) };
  while (at < buffer.length) {
    const tag = readVarint();
    const value = readVarint();
    if (tag === dataTag) {
      if (at + value > buffer.length) throw new RangeError('A message of the reader is cut short.');
      // A plain Uint8Array: the slice() of a Buffer is a view, which nobody expects of a Uint8Array.
      piece.data = new Uint8Array(buffer.buffer, buffer.byteOffset + at, value);
    } else if (tag === absentTag) piece.data = undefined;
    else if (tag === oversizeTag) piece.oversize = value !== 0;
    else if (tag === totalTag) piece.totalByteLength = value;
    else if (tag === chunkLengthTag) piece.chunkByteLength = value;
    else if (tag === versionTag) piece.version = buffer.toString('utf8', at, at + value);
    else if (tag === unchangedTag && value !== 0) Object.assign(piece, { isUnchanged: true, data: undefined });
    if ((tag & 7) === 2) at += value;
  }
  return piece;
}

/** The same bytes in pieces of at most `mostByteLength`, without a copy; empty pieces are dropped. */
export async function* splitPieces(pieces: AsyncIterable<Uint8Array>, mostByteLength: number): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of pieces) {
    for (let at = 0; at < piece.byteLength; at += mostByteLength) yield piece.subarray(at, at + mostByteLength);
  }
}
