import { collected } from '@tessera/testing';
import { isTesseraError, TesseraError, type Indexer, type NodeDraft } from '@tessera/domain';
import { openClusterServer, type ClusterServer } from '../server.ts';
import { ReaderGroup } from '../reader/reader-group.ts';
import { IndexerPool } from './indexer-pool.ts';

const secret = 'the secret of this test';
const draft: NodeDraft = { path: [], structure: { family: 'container' }, metadata: { a: [1, null] }, specs: [] };
const servers: ClusterServer[] = [];
let group: ReaderGroup | undefined;

async function serve(index: Indexer['index']): Promise<string> {
  const indexer: Indexer = { index, identify: async (uri) => (uri.endsWith('.csv') ? 'text/csv' : undefined) };
  const server = await openClusterServer({ ports: { indexer }, host: '127.0.0.1', port: 0, secret, drainTimeoutMs: 0 });
  servers.push(server);
  return `127.0.0.1:${server.port}`;
}
function poolOf(addresses: readonly string[]): IndexerPool {
  group = new ReaderGroup({ addresses, secret });
  return new IndexerPool(group);
}
const forever = () => new Promise<never>((_, reject) => setTimeout(reject, 60_000).unref());

afterEach(async () => {
  group?.close();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

describe('a pool of indexers', () => {
  it('takes them in turn', async () => {
    const counts = [0, 0, 0];
    const pool = poolOf(await Promise.all(counts.map((_, i) => serve(async function* () { counts[i]!++; yield draft; }))));
    for (let i = 0; i < 9; i++) expect(await collected(pool.index({ uri: 'file:///a' }))).toEqual([draft]);
    expect(counts).toEqual([3, 3, 3]);
    expect(await pool.identify('file:///a.csv', false)).toBe('text/csv');
    expect(await pool.identify('file:///a', true)).toBeUndefined();
  });

  it('goes to the next one if one is lost before it began', async () => {
    const addresses = ['127.0.0.1:1', await serve(async function* () { yield draft; })];
    for (let i = 0; i < 4; i++) expect(await collected(poolOf(addresses).index({ uri: 'file:///a' }))).toEqual([draft]);
    expect(await poolOf(addresses).identify('file:///a.csv', false)).toBe('text/csv');
  });

  it('does not let one file bring down all', async () => {
    let asked = 0;
    const dying = () => serve(async function* () {
      const own = asked++;
      void servers[own]!.close();
      yield await forever();
    });
    const pool = poolOf([await dying(), await dying(), await dying(), await dying()]);
    const failure = await collected(pool.index({ uri: 'file:///bad.h5' })).catch((error: unknown) => error);
    expect(isTesseraError(failure, 'unavailable')).toBe(true);
    expect(asked).toBe(2);
  });

  it('says so if it broke off in the middle, and takes errors of the file as answers', async () => {
    const breaking = await serve(async function* () {
      yield draft;
      void servers[0]!.close();
      yield await forever();
    });
    const got: NodeDraft[] = [];
    const failure = await (async () => { for await (const each of poolOf([breaking]).index({ uri: 'file:///a' })) got.push(each); })().catch((error: unknown) => error);
    expect(got).toEqual([draft]);
    expect(isTesseraError(failure, 'unavailable')).toBe(true);
    group?.close();
    let asked = 0;
    const refusing = () => serve(async function* () { asked++; throw new TesseraError('gone', 'The file is damaged.'); });
    await expect(collected(poolOf([await refusing(), await refusing()]).index({ uri: 'file:///a' }))).rejects.toMatchObject({ code: 'gone', message: 'The file is damaged.' });
    expect(asked).toBe(1);
  });
});
