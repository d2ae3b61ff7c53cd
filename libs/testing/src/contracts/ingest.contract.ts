import { servicePrincipal, singleUserScopes, type Catalog, type Ingest, type JsonObject, type Node, type NodePath, type Principal } from '@tessera/domain';
import { failureCode } from './failure.ts';
import { npyFile } from './indexer.contract.ts';

export interface IngestSetup {
  readonly ingest: Ingest;
  /** Where files are registered, as they were when they were added. */
  readonly catalog: Catalog;
  /** Stores a file. A name with slashes is a file in a folder. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
  /** Registers a file or folder that is stored, below the root, by its whole name. */
  add(name: string, reading?: { readonly mediaType: string; readonly parameters: JsonObject }): Promise<NodePath>;
  close(): Promise<void>;
}

const writer: Principal = { id: 'user:writer', kind: 'user', scopes: singleUserScopes };

const npy = (length: number) => npyFile('<i2', [length], new Uint8Array(2 * length));
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const zarray = (length: number) => json({ zarr_format: 2, shape: [length], chunks: [2], dtype: '<i2', compressor: null, fill_value: 0, filters: null, order: 'C' });

/** What every ingest does. */
export function ingestContract(name: string, setup: () => Promise<IngestSetup>): void {
  describe(`ingest: ${name}`, () => {
    let given: IngestSetup;
    beforeAll(async () => {
      given = await setup();
    });
    afterAll(() => given?.close());

    const refresh = (path: NodePath, call = {}) => given.ingest.refresh(writer, path, call);
    const nodeAt = async (path: NodePath): Promise<Node> => (await given.catalog.resolve(writer, path, { withDataSources: true })).node;
    const shapeAt = async (path: NodePath) => {
      const { structure } = await nodeAt(path);
      return structure.family === 'array' ? structure.array.shape : structure.family;
    };
    async function added(file: string, bytes: Uint8Array): Promise<NodePath> {
      await given.put(file, bytes);
      return given.add(file);
    }

    it('replaces what is registered of a file that changed', async () => {
      const path = await added('grows.npy', npy(3));
      const before = await nodeAt(path);
      await given.put('grows.npy', npy(5));
      await refresh(path);
      const after = await nodeAt(path);
      expect(after.structure).toMatchObject({ family: 'array', array: { shape: [5] } });
      expect(after.id).toBe(before.id);
      expect(after.manifestId).not.toBe(before.manifestId);
      expect(after.dataSources).toMatchObject([{ mediaType: 'application/x-npy', assets: [{ uri: before.dataSources![0]!.assets[0]!.uri, byteLength: npy(5).byteLength }] }]);
    });

    it('finds the file by any node inside it, and replaces all of them', async () => {
      for (const [file, bytes] of [['tree.zarr/.zgroup', json({ zarr_format: 2 })], ['tree.zarr/a/.zarray', zarray(4)], ['tree.zarr/b/.zarray', zarray(4)]] as const) await given.put(file, bytes);
      const top = await given.add('tree.zarr');
      await given.put('tree.zarr/a/.zarray', zarray(6));
      await given.put('tree.zarr/b/.zarray', zarray(8));
      await refresh([...top, 'a']);
      expect([await shapeAt([...top, 'a']), await shapeAt([...top, 'b'])]).toEqual([[6], [8]]);
      await given.remove('tree.zarr/a/.zarray');
      await refresh([...top, 'a']);
      expect(await failureCode(given.catalog.resolve(writer, [...top, 'a']))).toBe('not_found');
      // Nobody is there any more, but the file is.
      await given.put('tree.zarr/a/.zarray', zarray(2));
      await refresh([...top, 'a']);
      expect(await shapeAt([...top, 'a'])).toEqual([2]);
    });

    it('reads a file as it was read', async () => {
      await given.put('semi.csv', Buffer.from('a;b\n1;2\n'));
      const path = await given.add('semi.csv', { mediaType: 'text/csv', parameters: { sep: ';' } });
      await given.put('semi.csv', Buffer.from('a;b;c\n1;2;3\n'));
      await refresh(path);
      const { structure, dataSources } = await nodeAt(path);
      expect(structure).toMatchObject({ family: 'table', table: { columns: ['a', 'b', 'c'] } });
      expect(dataSources).toMatchObject([{ mediaType: 'text/csv', parameters: { sep: ';' } }]);
      await given.put('semi.csv', Buffer.from('x;y\n1;2\n'));
      await refresh([...path, 'a']);
      expect((await nodeAt(path)).structure).toMatchObject({ table: { columns: ['x', 'y'] } });
    });

    it('keeps the place of a file that cannot be read, and serves it again once it can', async () => {
      const path = await added('breaks.npy', npy(3));
      await given.put('breaks.npy', npy(3).subarray(0, 40));
      await refresh(path);
      const broken = await nodeAt(path);
      expect(broken.problem).toEqual(expect.any(String));
      expect(broken.manifestId).toBeUndefined();
      await refresh(path);
      await refresh([...path, 'below']);
      expect((await nodeAt(path)).revision).toBe(broken.revision);
      await given.put('breaks.npy', npy(4));
      await refresh(path);
      expect(await shapeAt(path)).toEqual([4]);
      expect('problem' in await nodeAt(path)).toBe(false);
    });

    it('keeps the place of a file that is not there, until it is', async () => {
      const path = await added('leaves.npy', npy(3));
      const bytes = npy(3);
      await given.remove('leaves.npy');
      await refresh(path);
      const left = await nodeAt(path);
      expect(left.problem).toContain('no longer there');
      await refresh(path);
      expect((await nodeAt(path)).revision).toBe(left.revision);
      await given.put('leaves.npy', bytes);
      await refresh(path);
      expect(await shapeAt(path)).toEqual([3]);
    });

    it('serves many who ask at a time', async () => {
      const path = await added('busy.npy', npy(3));
      await given.put('busy.npy', npy(7));
      await Promise.all(Array.from({ length: 8 }, () => refresh(path)));
      expect(await shapeAt(path)).toEqual([7]);
    });

    it('leaves alone what came from no file', async () => {
      await given.catalog.register(writer, [{ parent: [], key: 'folder', drafts: [{ path: [], structure: { family: 'container' }, metadata: { kept: true }, specs: [] }], ifExists: 'fail' }]);
      const { revision } = await nodeAt(['folder']);
      await refresh(['folder']);
      await refresh([]);
      expect(await nodeAt(['folder'])).toMatchObject({ revision, metadata: { kept: true } });
    });

    it('refuses what is nowhere, who may not register, and what was cancelled', async () => {
      const path = await added('still.npy', npy(1));
      expect(await failureCode(refresh(['nowhere', 'at all']))).toBe('not_found');
      expect(await failureCode(given.ingest.refresh(servicePrincipal('reader'), path))).toBe('unauthenticated');
      expect(await failureCode(refresh(path, { signal: AbortSignal.abort() }))).toBe('cancelled');
    });
  });
}
