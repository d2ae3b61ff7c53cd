import { TesseraError, elementCount, type Codec } from '@tessera/domain';
import { configuredType } from '../element-access.ts';

/** numcodecs "categorize": texts as numbers of their labels, from 1; 0 is no label and an empty text. */
export const categorizeCodec: Codec = {
  name: 'categorize',
  kind: 'array-to-array',
  resolve(configuration, { shape, dataType }) {
    const { labels } = configuration;
    const encodedDataType = configuredType(configuration, 'astype');
    const isSound = Array.isArray(labels) && labels.every((label) => typeof label === 'string') && dataType.kind === 'U' && encodedDataType.kind === 'u' && encodedDataType.itemsize <= 4;
    if (!isSound) throw new TesseraError('invalid_argument', 'The codec "categorize" needs "labels" that are texts, data of type U, and an unsigned "astype" of at most four bytes.');
    const texts = [new Uint8Array(dataType.itemsize), ...labels.map((label: string) => textBytes(label, dataType.itemsize, dataType.endianness === 'big'))];
    const count = elementCount(shape);
    const numberAt = numberReader(encodedDataType.itemsize, encodedDataType.endianness !== 'big');
    return {
      decode(bytes) {
        if (bytes.byteLength !== count * encodedDataType.itemsize) throw new TesseraError('gone', 'A chunk of these data is damaged (categorize): it has not the length that it should have.', { codec: 'categorize' });
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        const result = new Uint8Array(count * dataType.itemsize);
        // Numbers without a label are empty texts, as numcodecs has it.
        for (let index = 0; index < count; index++) result.set(texts[numberAt(view, index)] ?? texts[0]!, index * dataType.itemsize);
        return result;
      },
      encodedDataType,
      maxEncodedByteLength: count * encodedDataType.itemsize,
    };
  },
};

function numberReader(itemsize: number, little: boolean): (view: DataView, index: number) => number {
  if (itemsize === 1) return (view, index) => view.getUint8(index);
  return itemsize === 2 ? (view, index) => view.getUint16(index * 2, little) : (view, index) => view.getUint32(index * 4, little);
}

/** A text of four bytes a character, cut to `byteLength` as NumPy cuts it. */
function textBytes(text: string, byteLength: number, bigEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  const view = new DataView(bytes.buffer);
  [...text].slice(0, byteLength / 4).forEach((character, index) => view.setUint32(index * 4, character.codePointAt(0)!, !bigEndian));
  return bytes;
}
