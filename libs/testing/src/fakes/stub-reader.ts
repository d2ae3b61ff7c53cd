import { TesseraError, type Reader } from '@tessera/domain';

/** A reader of which a test writes only the methods it needs. */
export function stubReader(methods: Partial<Reader>): Reader {
  const refuse = (): never => {
    throw new TesseraError('unsupported', 'This stub does not do that.');
  };
  return {
    describe: async () => refuse(),
    readChunk: async () => refuse(),
    readArray: () => failingStream(refuse),
    readTable: () => failingStream(refuse),
    ...methods,
  };
}

async function* failingStream(refuse: () => never): AsyncGenerator<Uint8Array, void, undefined> {
  yield refuse();
}
