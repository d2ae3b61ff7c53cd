// Object headers of version 2, and the messages that groups and data sets have (File Format Specification, section IV.A).
import { ByteWriter, undefinedAddress } from './byte-writer.ts';
import { lookup3 } from './checksum.ts';

export interface Message {
  readonly type: number;
  readonly body: Uint8Array;
  /** The body never changes: the library wants this said of types and fill values. */
  readonly isConstant?: boolean;
}

export const messageTypes = { dataspace: 1, linkInfo: 2, datatype: 3, fillValue: 5, link: 6, layout: 8, groupInfo: 10, attribute: 12 } as const;

/** Longest body of a message. */
export const maxMessageByteLength = 0xffff;

const prefixByteLength = 10;
const messageHeadByteLength = 4;
const checksumByteLength = 4;

/** Bytes of a header whose messages have bodies of these lengths. */
export function headerByteLength(bodyByteLengths: readonly number[]): number {
  return bodyByteLengths.reduce((sum, length) => sum + messageHeadByteLength + length, prefixByteLength + checksumByteLength);
}

export function objectHeader(messages: readonly Message[]): Uint8Array {
  const total = headerByteLength(messages.map(({ body }) => body.byteLength));
  // The length of the messages has four bytes.
  const writer = new ByteWriter(total).text('OHDR').u8(2).u8(2).u32(total - prefixByteLength - checksumByteLength);
  for (const { type, body, isConstant } of messages) writer.u8(type).u16(body.byteLength).u8(isConstant ? 1 : 0).bytes(body);
  return writer.u32(lookup3(writer.done())).done();
}

/** Dataspace, version 2: a scalar, lengths of the axes, or nothing at all. */
export function dataspaceMessage(shape: readonly number[] | 'null'): Uint8Array {
  const writer = new ByteWriter(64).u8(2).u8(shape === 'null' ? 0 : shape.length).u8(0).u8(shape === 'null' ? 2 : shape.length === 0 ? 0 : 1);
  if (shape !== 'null') for (const length of shape) writer.u64(length);
  return writer.done();
}

/** All elements in a row, in C order (data layout, version 3). */
export function contiguousLayout(address: number, byteLength: number): Uint8Array {
  return new ByteWriter(32).u8(3).u8(1).u64(byteLength === 0 ? undefinedAddress : address).u64(byteLength).done();
}

/** Chunks of one size in a row, in C order of their grid, with no index (data layout, version 4, implicit index). */
export function implicitLayout(address: number, chunkShape: readonly number[], itemsize: number): Uint8Array {
  const lengths = [...chunkShape, itemsize];
  // As few bytes a length as the longest needs: the library insists.
  const lengthByteLength = Math.floor(Math.log2(Math.max(...lengths)) / 8) + 1;
  const writer = new ByteWriter(64).u8(4).u8(2).u8(0).u8(lengths.length).u8(lengthByteLength);
  for (const length of lengths) writer.uint(length, lengthByteLength);
  return writer.u8(2).u64(address).done();
}

/** No fill value; space is there from the beginning (fill value, version 3). */
export const noFillValue: Uint8Array = Uint8Array.of(3, 0x09);

/** A group whose links are in its header. */
export const groupMessages: readonly Message[] = [
  { type: messageTypes.linkInfo, body: new ByteWriter(32).u8(0).u8(0).u64(undefinedAddress).u64(undefinedAddress).done() },
  { type: messageTypes.groupInfo, body: Uint8Array.of(0, 0), isConstant: true },
];

/** A hard link (link message, version 1); its length depends on the name alone. */
export function linkMessage(name: string, address: number): Uint8Array {
  const bytes = Buffer.from(name, 'utf8');
  // Flags: a length of two bytes, and a character set, which is UTF-8.
  return new ByteWriter().u8(1).u8(0x11).u8(1).u16(bytes.byteLength).bytes(bytes).u64(address).done();
}
