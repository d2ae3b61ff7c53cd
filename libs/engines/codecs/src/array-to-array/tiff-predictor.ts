import { TesseraError, isStruct, type Codec, type DataType } from '@tessera/domain';
import { predictedRow, type PredictedRow } from '../predicted-row.ts';

const wordTypes = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array } as const;

/**
 * TIFF's horizontal predictor (TIFF 6.0, section 14): each sample is the difference to that of the pixel before in
 * its row. Differences wrap, whatever the numbers mean. Elements are little-endian; `width` pixels of `samples` are a row.
 */
export const tiffPredictorCodec: Codec = {
  name: 'tiff_predictor',
  kind: 'array-to-array',
  resolve(configuration, { shape, dataType, maxByteLength }) {
    const row = predictedRow('tiff_predictor', configuration, shape);
    const wordByteLength = wordByteLengthOf(dataType);
    const changed = (change: typeof sum) => (bytes: Uint8Array): Uint8Array => {
      if (bytes.byteLength !== maxByteLength) {
        throw new TesseraError('gone', `A chunk of these data is damaged (tiff_predictor): it has ${bytes.byteLength} bytes instead of ${maxByteLength}.`, { codec: 'tiff_predictor' });
      }
      // A copy: what comes in is not to be changed, and may lie where no words can.
      const result = new Uint8Array(bytes);
      change(new wordTypes[wordByteLength](result.buffer), row);
      return result;
    };
    return { decode: changed(sum), encode: changed(difference), maxEncodedByteLength: maxByteLength };
  },
};

type Words = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

function wordByteLengthOf(dataType: DataType): keyof typeof wordTypes {
  const { itemsize } = dataType;
  const isSound = itemsize in wordTypes && !isStruct(dataType) && dataType.endianness !== 'big';
  if (!isSound) throw new TesseraError('invalid_argument', 'The codec tiff_predictor is for little-endian numbers of up to 8 bytes.');
  return itemsize as keyof typeof wordTypes;
}

function sum(words: Words, { samples, rowLength, rowCount }: PredictedRow): void {
  if (words instanceof BigUint64Array) return sumLong(words, { samples, rowLength, rowCount });
  for (let start = 0, row = 0; row < rowCount; row++, start += rowLength) {
    for (let index = start + samples; index < start + rowLength; index++) words[index] = words[index]! + words[index - samples]!;
  }
}

function sumLong(words: BigUint64Array, { samples, rowLength, rowCount }: PredictedRow): void {
  for (let start = 0, row = 0; row < rowCount; row++, start += rowLength) {
    for (let index = start + samples; index < start + rowLength; index++) words[index] = words[index]! + words[index - samples]!;
  }
}

function difference(words: Words, { samples, rowLength, rowCount }: PredictedRow): void {
  for (let start = 0, row = 0; row < rowCount; row++, start += rowLength) {
    for (let index = start + rowLength - 1; index >= start + samples; index--) {
      if (words instanceof BigUint64Array) words[index] = words[index]! - words[index - samples]!;
      else words[index] = words[index]! - words[index - samples]!;
    }
  }
}
