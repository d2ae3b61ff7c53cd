// HDF5 spec IV.A.2.m "The Attribute Message", versions 1 to 3.
import type { ByteCursor } from '../byte-cursor.ts';
import type { Hdf5File } from '../hdf5-file.ts';
import { messageType } from '../object-header.ts';
import { readSharedMessage } from '../shared-messages.ts';
import { beforeNul, decodeText } from '../text.ts';
import { parseDataType, type Hdf5Type } from './data-type.ts';
import { parseDataspace, type Dataspace } from './dataspace.ts';

export interface Attribute {
  readonly name: string;
  readonly type: Hdf5Type;
  readonly dataspace: Dataspace;
  /** The values as stored; at least as long as type and dataspace ask for only if the file is sound. */
  readonly bytes: Uint8Array;
}

/** The name, which can be read even where the value cannot, and a function for the rest. */
export function parseAttribute(file: Hdf5File, cursor: ByteCursor): { name: string; read: () => Promise<Attribute> } {
  const version = cursor.expectVersion('attribute', 1, 2, 3);
  const flags = cursor.u8();
  const sizes = [cursor.u16(), cursor.u16(), cursor.u16()] as const;
  if (version === 3) cursor.skip(1);
  // Version 1 pads name, datatype and dataspace to multiples of 8.
  const padded = sizes.map((size) => (version === 1 ? Math.ceil(size / 8) * 8 : size));
  const name = decodeText(beforeNul(cursor.take(padded[0]!).subarray(0, sizes[0])));
  const read = async (): Promise<Attribute> => {
    const typeBytes = cursor.take(padded[1]!);
    const spaceBytes = cursor.take(padded[2]!);
    const isShared = (bit: number) => version > 1 && (flags & bit) !== 0;
    const resolve = (bytes: Uint8Array, bit: number, type: number) => (isShared(bit) ? readSharedMessage(file, type, file.cursor(bytes)) : bytes);
    const type = parseDataType(file.cursor(await resolve(typeBytes, 1, messageType.dataType)));
    const dataspace = parseDataspace(file.cursor(await resolve(spaceBytes, 2, messageType.dataspace)), file.lengthSize);
    return { name, type, dataspace, bytes: cursor.bytes.subarray(cursor.position) };
  };
  return { name, read };
}
