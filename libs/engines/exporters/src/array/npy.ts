// NumPy's .npy (NEP 1; numpy.lib.format, versions 1.0 to 3.0): a header of text, and the bytes as they are.
import { formatDescr, type DataType, type NumpyDescr } from '@tessera/domain';
import type { ArrayExporter } from '../exporter.ts';

/** The header ends at a multiple of this, so that the elements can be mapped into memory. */
const alignment = 64;
/** Longest header that has a length of two bytes. */
const maxShortHeader = 0xffff;

export const npyExporter: ArrayExporter = {
  export({ dataType, shape, bytes }) {
    return writeNpy(npyHeader(dataType, shape), bytes);
  },
};

async function* writeNpy(header: Uint8Array, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield header;
  yield* bytes;
}

/** Magic, version, length and the dictionary that says what follows. */
export function npyHeader(dataType: DataType, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = Buffer.from(`{'descr': ${pythonDescr(formatDescr(dataType))}, 'fortran_order': False, 'shape': ${tuple}, }`, 'utf8');
  // Names beyond ASCII need version 3, long headers at least version 2.
  const isPlain = text.every((byte) => byte < 0x80);
  const isShort = text.byteLength + alignment <= maxShortHeader;
  const version = !isPlain ? 3 : isShort ? 1 : 2;
  const lengthByteLength = version === 1 ? 2 : 4;
  const start = 8 + lengthByteLength;
  const total = Math.ceil((start + text.byteLength + 1) / alignment) * alignment;
  const header = Buffer.alloc(total, 0x20);
  header.write('\x93NUMPY', 'latin1');
  header[6] = version;
  header[7] = 0;
  if (version === 1) header.writeUInt16LE(total - start, 8);
  else header.writeUInt32LE(total - start, 8);
  text.copy(header, start);
  header[total - 1] = 0x0a;
  return header;
}

/** A type as a Python literal. */
function pythonDescr(descr: NumpyDescr): string {
  if (typeof descr === 'string') return pythonString(descr);
  const fields = descr.map(([name, type, shape]) => {
    const items = [pythonString(name), pythonDescr(type)];
    if (shape) items.push(shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`);
    return `(${items.join(', ')})`;
  });
  return `[${fields.join(', ')}]`;
}

function pythonString(text: string): string {
  const escaped = text.replace(/[\\']/g, '\\$&').replace(/[\x00-\x1f\x7f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `'${escaped}'`;
}
