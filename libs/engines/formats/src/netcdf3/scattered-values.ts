import { TesseraError, type ByteStore, type Call } from '@tessera/domain';

/** Few and small values that lie far apart, as the times of long records, are read once and kept in the manifest. */
export const scatteredCountLimit = 4096;
export const scatteredByteLimit = 64 * 1024;

const concurrency = 16;

interface Scattered {
  readonly uri: string;
  readonly byteOffset: number;
  readonly byteStride: number;
  readonly byteLength: number;
  readonly count: number;
}

/** Equal runs at equal strides, one after the other. @throws TesseraError gone if the file has not got them. */
export async function readScattered({ uri, byteOffset, byteStride, byteLength, count }: Scattered, store: ByteStore, call?: Call): Promise<Uint8Array> {
  const result = new Uint8Array(count * byteLength);
  if (byteLength === 0) return result;
  const readOne = async (index: number): Promise<void> => {
    const bytes = await store.read(uri, { byteOffset: byteOffset + index * byteStride, byteLength }, call);
    if (bytes?.byteLength !== byteLength) throw new TesseraError('gone', 'The netCDF file became shorter while it was read.');
    result.set(bytes, index * byteLength);
  };
  for (let start = 0; start < count; start += concurrency) {
    await Promise.all(Array.from({ length: Math.min(concurrency, count - start) }, (_, index) => readOne(start + index)));
  }
  return result;
}
