import { servicePrincipal, TesseraError, type Catalog, type Ingest, type Node, type NodePath, type Ticket } from '@tessera/domain';
import { collected, eventually, stubReader } from '@tessera/testing';
import { StaleReports } from './report-stale.ts';

const principal = servicePrincipal('test');
const ticket = (manifestId: string): Ticket => ({ manifestId, principalId: principal.id, expiresAtMs: Date.now() + 60_000 });
const stale = () => new TesseraError('stale', 'It has changed.');

/** A file `f` with arrays in it, a plain array `g`, a broken file `b`. */
function setup() {
  const node = (path: string[], more: Partial<Node>): [string, Node] => [path.join('/'), {
    id: 1, path, structure: { family: 'container' }, metadata: {}, specs: [], insideFile: path.length > 1, revision: 1, ...more,
  }];
  const nodes = new Map<string, Node>([
    node(['f'], {}), node(['f', 'x'], { manifestId: 'x1' }), node(['f', 'y'], { manifestId: 'y1' }), node(['g'], { manifestId: 'g1' }), node(['b'], { problem: 'It is cut short.' }),
  ]);
  const asked: NodePath[] = [];
  const warnings: unknown[] = [];
  let invalidations = 0;
  let release = () => {};
  let held = Promise.resolve();
  let failing = false;
  const catalog = {
    async resolve(_principal: unknown, path: NodePath) {
      const found = nodes.get(path.join('/'));
      if (found) return { node: found };
      throw new TesseraError(path[0] === 'b' ? 'gone' : 'not_found', 'No such entry');
    },
    async children() {
      return { items: [...nodes.values()], count: nodes.size };
    },
  } as unknown as Catalog;
  const ingest: Ingest = {
    async refresh(_principal, path) {
      asked.push(path);
      await held;
      if (failing) throw new TesseraError('unavailable', 'Nobody answers.');
      for (const [key, each] of nodes) if (each.manifestId && key.split('/')[0] === path[0]) nodes.set(key, { ...each, manifestId: `${each.manifestId}+` });
    },
  };
  const logger = { info: () => {}, warn: (fields: object) => void warnings.push(fields) } as never;
  let described: () => Promise<never> = async () => { throw new TesseraError('not_found', 'A table.'); };
  const reports = new StaleReports({ catalog, reader: stubReader({ describe: () => described() }), ingest, onRefreshed: () => void invalidations++, logger });
  const watched = reports.watchCatalog(catalog);
  let error: () => unknown = stale;
  const fail = async (): Promise<never> => { throw error(); };
  const reader = reports.watchReader(stubReader({ readChunk: fail, describe: fail, async *readArray() { yield Uint8Array.of(1); await fail(); } }));
  return {
    asked, warnings, nodes, watched, reader,
    invalidations: () => invalidations,
    setDescribed: (run: () => Promise<never>) => { described = run; },
    setError: (make: () => unknown) => { error = make; },
    setFailing: (value: boolean) => { failing = value; },
    hold: () => { held = new Promise((resolve) => (release = resolve)); },
    release: () => release(),
    chunk: (manifestId: string) => reader.readChunk(ticket(manifestId), { chunkIndex: [0], chunkShape: [1], codecs: [] }),
  };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('reports of files that changed', () => {
  it('have the file indexed anew, and the caches dropped', async () => {
    const { watched, chunk, asked, invalidations } = setup();
    await watched.resolve(principal, ['g']);
    await expect(chunk('g1')).rejects.toMatchObject({ code: 'stale' });
    await eventually(() => invalidations() === 1);
    expect(asked).toEqual([['g']]);
  });

  it('come from every way of reading, and of nodes that were listed', async () => {
    const { watched, reader, asked, invalidations } = setup();
    await watched.children(principal, [], { page: { limit: 10 }, sort: [] });
    await expect(reader.describe(ticket('g1'), undefined)).rejects.toMatchObject({ code: 'stale' });
    await expect(collected(reader.readArray(ticket('x1'), { selection: [], mediaType: 'x' }))).rejects.toMatchObject({ code: 'stale' });
    await eventually(() => invalidations() === 2);
    expect(asked).toEqual([['g'], ['f', 'x']]);
  });

  it('ask once for a file at a time, however many of its nodes are read', async () => {
    const { watched, chunk, asked, invalidations, hold, release } = setup();
    await watched.resolve(principal, ['f', 'x']);
    await watched.resolve(principal, ['f', 'y']);
    hold();
    await Promise.allSettled(['x1', 'y1', 'x1', 'y1'].map(chunk));
    await settled();
    await Promise.allSettled(['x1', 'y1'].map(chunk));
    release();
    await eventually(() => invalidations() > 0);
    await settled();
    // By a manifest that was replaced meanwhile.
    await Promise.allSettled(['x1', 'y1'].map(chunk));
    await settled();
    expect(asked).toEqual([['f', 'x']]);
    // And again for the next change.
    await watched.resolve(principal, ['f', 'y']);
    await expect(chunk('y1+')).rejects.toThrow();
    await eventually(() => asked.length === 2);
  });

  it('are made again by the next reader if nobody could index', async () => {
    const { watched, chunk, asked, warnings, setFailing } = setup();
    await watched.resolve(principal, ['g']);
    setFailing(true);
    await expect(chunk('g1')).rejects.toThrow('changed');
    await eventually(() => warnings.length === 1);
    setFailing(false);
    await expect(chunk('g1')).rejects.toThrow('changed');
    await eventually(() => asked.length === 2);
    expect(warnings).toHaveLength(1);
  });

  it('are made of files that are gone, not of damaged ones', async () => {
    const { watched, chunk, asked, setError } = setup();
    await watched.resolve(principal, ['g']);
    setError(() => new TesseraError('gone', 'This chunk is damaged.'));
    await expect(chunk('g1')).rejects.toMatchObject({ code: 'gone' });
    await settled();
    expect(asked).toEqual([]);
    setError(() => new TesseraError('gone', 'It is not there.', { isMissing: true }));
    await expect(chunk('g1')).rejects.toMatchObject({ code: 'gone' });
    await eventually(() => asked.length === 1);
  });

  it('are made of files that are asked for without a read', async () => {
    const { watched, asked, setDescribed, invalidations } = setup();
    await watched.resolve(principal, ['f', 'x']);
    await settled();
    expect(asked).toEqual([]);
    setDescribed(async () => { throw stale(); });
    await watched.resolve(principal, ['g']);
    await eventually(() => invalidations() === 1);
    expect(asked).toEqual([['g']]);
  });

  it('are made of problems that somebody asks for, now and then, and of what lies below', async () => {
    const { watched, asked } = setup();
    for (let i = 0; i < 5; i++) expect((await watched.resolve(principal, ['b'])).node.problem).toBeDefined();
    await eventually(() => asked.length === 1);
    await expect(watched.resolve(principal, ['b', 'below'])).rejects.toMatchObject({ code: 'gone' });
    await eventually(() => asked.length === 2);
    await expect(watched.resolve(principal, ['nowhere'])).rejects.toMatchObject({ code: 'not_found' });
    await settled();
    expect(asked).toEqual([['b'], ['b', 'below']]);
  });
});
