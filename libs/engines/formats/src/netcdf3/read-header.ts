import { TesseraError, type ByteStore, type Call, type Source } from '@tessera/domain';
import { HeaderGoesOn } from './byte-reader.ts';
import { damaged } from './damage.ts';
import { parseHeader, type ClassicHeader } from './header.ts';

const firstReadByteLength = 64 * 1024;
/** Headers of thousands of variables have a few MiB. */
const maxHeaderByteLength = 64 * 2 ** 20;

/** The header of a file, reading as much of it as that takes. @throws TesseraError gone. */
export async function readHeader(source: Source & { readonly byteLength: number }, store: ByteStore, call?: Call): Promise<ClassicHeader> {
  const limit = Math.min(source.byteLength, maxHeaderByteLength);
  for (let byteLength = firstReadByteLength; ; byteLength *= 4) {
    const bytes = await store.read(source.uri, { byteOffset: 0, byteLength: Math.min(byteLength, limit) }, call);
    if (!bytes) throw new TesseraError('gone', 'The file is no longer there.');
    try {
      return parseHeader(bytes);
    } catch (error) {
      if (!(error instanceof HeaderGoesOn)) throw error;
      if (byteLength >= limit) throw damaged('it ends within its header');
    }
  }
}
