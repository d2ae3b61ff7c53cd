import type { Indexer, IndexRequest, NodeDraft } from '@tessera/domain';
import { collected } from '../eventually.ts';
import { failureCode } from './failure.ts';

export interface IndexerSetup {
  readonly indexer: Indexer;
  /** Stores a file, and gives its URI. */
  put(name: string, bytes: Uint8Array): Promise<string>;
  close(): Promise<void>;
}

/** A NumPy file of version 1.0 (NEP 1): magic, version, header length, a dictionary padded to 64 bytes, the data. */
export function npyFile(descr: string, shape: readonly number[], data: Uint8Array): Uint8Array {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${axes}), }`;
  const header = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const head = Buffer.concat([Buffer.from([0x93]), Buffer.from('NUMPY'), Buffer.from([1, 0, header.length & 255, header.length >> 8]), Buffer.from(header, 'latin1')]);
  return new Uint8Array(Buffer.concat([head, data]));
}

/** What every indexer does. */
export function indexerContract(name: string, setup: () => Promise<IndexerSetup>): void {
  describe(`indexer: ${name}`, () => {
    let given: IndexerSetup;
    beforeAll(async () => {
      given = await setup();
    });
    afterAll(() => given?.close());

    const index = (request: IndexRequest, call = {}): Promise<NodeDraft[]> => collected(given.indexer.index(request, call));

    it('finds the array of a NumPy file, with its manifest stored', async () => {
      const uri = await given.put('cube.npy', npyFile('<i4', [2, 3], new Uint8Array(24)));
      const [draft, ...rest] = await index({ uri });
      expect(rest).toEqual([]);
      expect(draft).toMatchObject({
        path: [], metadata: {}, specs: [], structure: { family: 'array', array: { shape: [2, 3], dataType: { kind: 'i', itemsize: 4, endianness: 'little' } } }, manifestId: expect.any(String),
      });
      expect('problem' in draft!).toBe(false);
      expect(draft!.dataSource).toMatchObject({ mediaType: 'application/x-npy', management: 'external', assets: [{ uri, isDirectory: false }] });
    });

    it('gives the same manifest id for the same file, another for another', async () => {
      const [a, b] = [await given.put('a.npy', npyFile('<f8', [2], new Uint8Array(16))), await given.put('b.npy', npyFile('<f8', [3], new Uint8Array(24)))];
      const idOf = async (uri: string) => (await index({ uri }))[0]!.manifestId;
      expect(await idOf(a)).toBe(await idOf(a));
      expect(await idOf(a)).not.toBe(await idOf(b));
    });

    it('finds the columns of a CSV file', async () => {
      const uri = await given.put('people.csv', Buffer.from('name,age\nada,36\ngrace,85\n'));
      const [draft] = await index({ uri });
      expect(draft).toMatchObject({ structure: { family: 'table', table: { columns: ['name', 'age'] } } });
      expect(await index({ uri, mediaType: 'text/csv' })).toEqual([draft]);
    });

    it('tells what a file is', async () => {
      expect(await given.indexer.identify(await given.put('x.npy', npyFile('<f8', [1], new Uint8Array(8))), false)).toBe('application/x-npy');
      expect(await given.indexer.identify(await given.put('notes.xyz', Buffer.from('dear diary')), false)).toBeUndefined();
    });

    it('refuses what it cannot read, each in its way', async () => {
      const strange = await given.put('strange.xyz', Buffer.from('?'));
      expect(await failureCode(index({ uri: strange }))).toBe('unsupported_media_type');
      expect(await failureCode(index({ uri: strange, mediaType: 'video/mp4' }))).toBe('unsupported_media_type');
      expect(await failureCode(index({ uri: strange.replace('strange', 'absent') }))).toBe('gone');
      const cut = await given.put('cut.npy', npyFile('<f8', [1_000], new Uint8Array(80)));
      expect(await failureCode(index({ uri: cut }))).toBe('gone');
    });

    it('does not begin what was cancelled', async () => {
      const uri = await given.put('late.npy', npyFile('<f8', [1], new Uint8Array(8)));
      expect(await failureCode(index({ uri }, { signal: AbortSignal.abort() }))).toBe('cancelled');
    });
  });
}
