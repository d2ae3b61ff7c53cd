/** How stored values become those of Arrow. */
export type ValueForm =
  /** Values of a fixed width as they are. */
  | { readonly kind: 'fixed'; readonly byteWidth: number }
  /** 32-bit integers of which the low bytes are wanted. */
  | { readonly kind: 'narrow'; readonly byteWidth: 1 | 2 }
  /** Integers (little endian) or bytes (big endian) widened with their sign. */
  | { readonly kind: 'decimal'; readonly storedByteWidth: number; readonly isBigEndian: boolean; readonly byteWidth: number }
  | { readonly kind: 'bool' }
  /** Bytes of a length of their own, with offsets of 32 or 64 bits, or as views. */
  | { readonly kind: 'bytes'; readonly layout: 'offsets32' | 'offsets64' | 'views' };

/** Bytes of a stored value; undefined where each has its own length, and for booleans, which are bits. */
export function storedByteWidth(form: ValueForm): number | undefined {
  switch (form.kind) {
    case 'fixed': return form.byteWidth;
    case 'narrow': return 4;
    case 'decimal': return form.storedByteWidth;
    default: return undefined;
  }
}
