import { TesseraError, isStruct, type Codec } from '@tessera/domain';
import { predictedRow } from '../predicted-row.ts';

/**
 * TIFF's floating point predictor (TIFF technical note 3): the bytes of a row's numbers, those of the highest
 * value first, and each byte the difference to that of the pixel before. Elements come out little-endian.
 */
export const tiffFloatPredictorCodec: Codec = {
  name: 'tiff_float_predictor',
  kind: 'array-to-bytes',
  resolve(configuration, { shape, dataType, maxByteLength }) {
    const { samples, rowLength, rowCount } = predictedRow('tiff_float_predictor', configuration, shape);
    const { itemsize } = dataType;
    if (isStruct(dataType) || dataType.kind !== 'f' || dataType.endianness !== 'little') {
      throw new TesseraError('invalid_argument', 'The codec tiff_float_predictor is for little-endian floating point numbers.');
    }
    const rowByteLength = rowLength * itemsize;
    return {
      decode(bytes) {
        if (bytes.byteLength !== maxByteLength) {
          throw new TesseraError('gone', `A chunk of these data is damaged (tiff_float_predictor): it has ${bytes.byteLength} bytes instead of ${maxByteLength}.`, { codec: 'tiff_float_predictor' });
        }
        const result = new Uint8Array(maxByteLength);
        const row = new Uint8Array(rowByteLength);
        for (let start = 0, done = 0; done < rowCount; done++, start += rowByteLength) {
          row.set(bytes.subarray(start, start + rowByteLength));
          for (let index = samples; index < rowByteLength; index++) row[index] = row[index]! + row[index - samples]!;
          for (let byte = 0; byte < itemsize; byte++) {
            const plane = (itemsize - 1 - byte) * rowLength;
            for (let element = 0, to = start + byte; element < rowLength; element++, to += itemsize) result[to] = row[plane + element]!;
          }
        }
        return result;
      },
      maxEncodedByteLength: maxByteLength,
    };
  },
};
