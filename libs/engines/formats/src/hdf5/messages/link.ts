// HDF5 spec IV.A.2.g "The Link Message".
import type { ByteCursor } from '../byte-cursor.ts';
import { beforeNul, decodeText } from '../text.ts';

/** One entry of a group. */
export type Link = { readonly name: string } & LinkTarget;

export type LinkTarget =
  | { readonly kind: 'hard'; readonly address: number }
  | { readonly kind: 'soft'; readonly path: string }
  | { readonly kind: 'external'; readonly fileName: string; readonly path: string }
  /** User-defined: only the program that wrote it knows what it means. */
  | { readonly kind: 'other' };

export function parseLink(cursor: ByteCursor): Link {
  cursor.expectVersion('link', 1);
  const flags = cursor.u8();
  const type = (flags & 0x08) !== 0 ? cursor.u8() : 0;
  if ((flags & 0x04) !== 0) cursor.skip(8);
  if ((flags & 0x10) !== 0) cursor.skip(1);
  const name = decodeText(cursor.take(cursor.uint(1 << (flags & 3))));
  return { name, ...parseTarget(cursor, type) };
}

function parseTarget(cursor: ByteCursor, type: number): LinkTarget {
  if (type === 0) return { kind: 'hard', address: cursor.definedAddress() };
  const value = cursor.take(cursor.u16());
  if (type === 1) return { kind: 'soft', path: decodeText(beforeNul(value)) };
  if (type !== 64) return { kind: 'other' };
  // One byte of version and flags, then file name and object path, each with a NUL.
  const fileName = beforeNul(value.subarray(1));
  const path = beforeNul(value.subarray(2 + fileName.byteLength));
  return { kind: 'external', fileName: decodeText(fileName), path: decodeText(path) };
}
