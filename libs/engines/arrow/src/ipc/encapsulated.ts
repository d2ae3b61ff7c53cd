/** A message with what stands before it (Arrow, "Encapsulated message format"). */
export function encapsulated(flatbuffer: Uint8Array): Uint8Array {
  const headerByteLength = (flatbuffer.byteLength + 7) & ~7;
  const bytes = new Uint8Array(8 + headerByteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xffffffff, true);
  view.setInt32(4, headerByteLength, true);
  bytes.set(flatbuffer, 8);
  return bytes;
}

export const endOfStream = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);
