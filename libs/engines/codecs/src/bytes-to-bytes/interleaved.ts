import { TesseraError, type Codec } from '@tessera/domain';

/**
 * Equal runs that lie at equal strides among bytes of others: records of netCDF's classic formats. Configured by
 * `runByteLength` and `byteStride`. The chunk at the end of an array has only the runs that are inside it; the others are zeros.
 */
export const interleavedCodec: Codec = {
  name: 'interleaved',
  kind: 'bytes-to-bytes',
  resolve({ runByteLength: run, byteStride: stride }, { maxByteLength }) {
    if (!isLength(run) || !isLength(stride) || stride < run || maxByteLength % run !== 0) {
      throw new TesseraError('invalid_argument', 'The configuration of the codec "interleaved" is wrong: "runByteLength" must divide a chunk and be no longer than "byteStride".');
    }
    const count = maxByteLength / run;
    return {
      decode: (bytes) => gather(bytes, count, run, stride),
      maxEncodedByteLength: count * stride,
    };
  },
};

function isLength(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function gather(bytes: Uint8Array, count: number, run: number, stride: number): Uint8Array {
  const found = Math.min(count, bytes.byteLength < run ? 0 : Math.floor((bytes.byteLength - run) / stride) + 1);
  if (found === 0 || (found < count && bytes.byteLength > found * stride)) {
    throw new TesseraError('gone', 'A chunk of these data is damaged (interleaved): it is cut short.', { codec: 'interleaved' });
  }
  const result = new Uint8Array(count * run);
  for (let index = 0; index < found; index++) {
    const from = index * stride;
    const to = index * run;
    // A loop beats set(subarray) for a few bytes.
    if (run > 64) result.set(bytes.subarray(from, from + run), to);
    else for (let i = 0; i < run; i++) result[to + i] = bytes[from + i]!;
  }
  return result;
}
