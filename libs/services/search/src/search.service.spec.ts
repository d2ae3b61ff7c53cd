import { openDatabase, type Database } from '@tessera/database';
import { compareCodePoints, matchQuery, metadataAt, servicePrincipal, type Catalog, type CatalogEvent, type EventBus, type Json, type JsonObject, type Node, type Query, type SortItem } from '@tessera/domain';
import { onEachDatabase } from '@tessera/testing';
import fc from 'fast-check';
import { SearchService } from './search.service.ts';

const reader = servicePrincipal('test');

/** The part of a catalog that an index asks for, in memory. */
class MemoryCatalog {
  readonly byId = new Map<number, Node>();
  failures = 0;
  put(id: number, parentId: number, key: string, metadata: JsonObject = {}, more: Partial<Node> = {}): Node {
    const node: Node = { id, parentId, path: ['p', key], structure: { family: 'container' }, metadata, specs: [], insideFile: false, revision: 1, ...more };
    this.byId.set(id, node);
    return node;
  }
  async nodes(_principal: unknown, ids: readonly number[]): Promise<readonly Node[]> {
    if (this.failures-- > 0) throw new Error('the catalog is away');
    return ids.flatMap((id) => this.byId.get(id) ?? []);
  }
  async scan(_principal: unknown, { afterId = 0, limit }: { afterId?: number; limit: number }): Promise<readonly Node[]> {
    if (this.failures-- > 0) throw new Error('the catalog is away');
    return [...this.byId.values()].filter((node) => node.id > afterId).sort((a, b) => a.id - b.id).slice(0, limit);
  }
}

/** Hands events over as they are told to, in any order and as often as they are. */
class ManualBus {
  handler: (event: CatalogEvent) => Promise<void> = () => Promise.reject(new Error('nobody listens'));
  async subscribe(_group: string, handler: (event: CatalogEvent) => Promise<void>) {
    this.handler = handler;
    return { close: async () => undefined };
  }
}

onEachDatabase(process.env['TESSERA_TEST_POSTGRES_URL'], openDatabase, (kind) => {
  let database: Database;
  let catalog: MemoryCatalog;
  let bus: ManualBus;
  let search: SearchService;
  let sequence = 0;

  beforeAll(async () => { database = await kind.open(); });
  beforeEach(async () => {
    [catalog, bus] = [new MemoryCatalog(), new ManualBus()];
    search = await SearchService.open(database, catalog as unknown as Catalog);
    await search.start(bus as unknown as EventBus);
    await search.rebuild();
  });
  afterEach(() => search.close());

  const tell = (...nodeIds: number[]) => bus.handler({ sequence: ++sequence, kind: 'node.updated.v1', nodeIds });
  const find = (query: Query, sort: SortItem[] = [], page: { limit: number; offset?: number; cursor?: number } = { limit: 1000 }) => search.find(reader, { parentId: 1, query, sort, page, exactCount: true });
  const ids = async (query: Query, sort: SortItem[] = []) => (await find(query, sort)).items;
  const anything: Query = { op: 'and', queries: [] };
  const hasA = (value: Json): Query => ({ op: 'eq', key: ['a'], value });

  describe('what it finds', () => {
    const keys = fc.constantFrom('a', 'b', 'c', '0', '__proto__', 'ü');
    const texts = fc.oneof(fc.constantFrom('', 'a', 'ab', 'Ab', 'a-b c', 'B\\%_', 'é', '𝒳', '\uffee', '10', '2'), fc.string({ unit: fc.constantFrom('a', 'b', ' ', '%', '_', '\\', "'", '"', '𝒳'), maxLength: 4 }));
    const numbers = fc.oneof(fc.constantFrom(0, 1, 2, 10, -1.5, 0.1, 1e21, 1e-7, 9007199254740991), fc.double({ noNaN: true, noDefaultInfinity: true }));
    const { json } = fc.letrec<{ json: Json }>((tie) => ({
      json: fc.oneof({ depthSize: 'small', withCrossShrink: true }, texts, numbers, fc.constantFrom<Json>(null, true, false),
        fc.array(tie('json'), { maxLength: 3 }), fc.dictionary(keys, tie('json'), { maxKeys: 3 }) as fc.Arbitrary<JsonObject>),
    }));
    const metadata = fc.dictionary(keys, json, { maxKeys: 4 }) as fc.Arbitrary<JsonObject>;
    const path = fc.array(keys, { minLength: 1, maxLength: 3 });
    const comparable = fc.oneof(texts, numbers, fc.boolean());
    const pattern = fc.constantFrom('a', '^a', 'b$', 'a.b', '[ab]+c?', '(a|b)b', '\\bb', 'A', '^$', '\\\\', '(?:a)(?<n>b)', '\\d+');
    const { query } = fc.letrec<{ query: Query }>((tie) => ({
      query: fc.oneof({ depthSize: 'small' },
        fc.record({ op: fc.constantFrom('eq', 'noteq', 'contains'), key: path, value: json }),
        fc.record({ op: fc.constant('compare'), key: path, operator: fc.constantFrom('lt', 'gt', 'le', 'ge'), value: comparable }),
        fc.record({ op: fc.constantFrom('in', 'notin'), key: path, values: fc.array(json, { maxLength: 3 }) }),
        fc.record({ op: fc.constant('fulltext'), text: texts }),
        fc.record({ op: fc.constant('regex'), key: path, pattern, caseSensitive: fc.boolean() }),
        fc.record({ op: fc.constant('like'), key: path, pattern: fc.oneof(texts, fc.constantFrom('%a%', '_', 'a%b', '%\\%')) }),
        fc.record({ op: fc.constant('present'), key: path, present: fc.boolean() }),
        fc.record({ op: fc.constant('specs'), include: fc.subarray(['s', 't']), exclude: fc.subarray(['s', 't']) }),
        fc.record({ op: fc.constant('family'), family: fc.constantFrom('container', 'array', 'table') }),
        fc.record({ op: fc.constant('keys'), keys: fc.array(fc.constantFrom('k0', 'k1', 'k2', 'ü'), { maxLength: 2 }) }),
        fc.record({ op: fc.constantFrom('and', 'or'), queries: fc.array(tie('query'), { maxLength: 3 }) }),
        fc.record({ op: fc.constant('not'), query: tie('query') }),
      ) as fc.Arbitrary<Query>,
    }));
    const spec = fc.subarray(['s', 't']).map((names) => names.map((name) => ({ name, version: '1' })));
    const structure = fc.constantFrom<Node['structure']>({ family: 'container' }, { family: 'bytes' });

    it('is what matches in memory, whatever the nodes and the queries', async () => {
      await fc.assert(fc.asyncProperty(fc.array(fc.tuple(metadata, spec, structure), { maxLength: 12 }), fc.array(query, { minLength: 8, maxLength: 8 }), async (items, queries) => {
        const nodes = items.map(([item, specs, family], index) => catalog.put(index + 10, 1, `k${index}`, item, { specs, structure: family, revision: ++sequence }));
        for (let id = items.length + 10; id < 22; id++) catalog.put(id, 2, 'elsewhere', {}, { revision: ++sequence });
        await tell(...Array.from({ length: 12 }, (_, index) => index + 10));
        for (const one of queries) {
          expect({ one, found: await ids(one) }).toEqual({ one, found: nodes.filter((node) => matchQuery(one, node)).map((node) => node.id) });
        }
      }), { numRuns: 60 });
    });

    it('is in the order asked for', async () => {
      const rank = (value: Json | undefined) => (typeof value === 'number' ? 0 : typeof value === 'string' ? 1 : typeof value === 'boolean' ? 2 : 3);
      const missing = (value: Json | undefined) => value === undefined || value === null;
      const order = (a: Json | undefined, b: Json | undefined, direction: number): number => {
        if (missing(a) || missing(b)) return Number(missing(a)) - Number(missing(b));
        if (rank(a) !== rank(b)) return direction * (rank(a) - rank(b));
        if (typeof a === 'number') return direction * Math.sign(a - (b as number));
        return typeof a === 'object' ? 0 : direction * Math.sign(compareCodePoints(String(a), String(b)));
      };
      await fc.assert(fc.asyncProperty(fc.array(fc.oneof(fc.record({ a: json }), fc.constant<JsonObject>({})), { minLength: 1, maxLength: 12 }), fc.constantFrom<1 | -1>(1, -1), fc.boolean(), async (items, direction, newestFirst) => {
        const nodes = items.map((item, index) => catalog.put(index + 10, 1, `k${index}`, item, { revision: ++sequence }));
        for (let id = items.length + 10; id < 22; id++) catalog.put(id, 2, 'elsewhere', {}, { revision: ++sequence });
        await tell(...Array.from({ length: 12 }, (_, index) => index + 10));
        const sort: SortItem[] = [{ key: { metadata: ['a'] }, direction }, ...(newestFirst ? [{ key: { column: 'default' }, direction: -1 } as const] : [])];
        const expected = [...nodes].sort((a, b) => order(metadataAt(a.metadata, ['a']), metadataAt(b.metadata, ['a']), direction) || (newestFirst ? b.id - a.id : a.id - b.id));
        expect(await ids(anything, sort)).toEqual(expected.map((node) => node.id));
      }), { numRuns: 60 });
    });
  });

  it('pages with cursors in the default order, and with offsets in others', async () => {
    for (let id = 100; id < 300; id++) catalog.put(id, 1, `k${id}`, { a: id % 2, n: 1000 - id });
    await tell(...catalog.byId.keys());
    const odd = hasA(1);
    const first = await find(odd, [], { limit: 30 });
    expect(first).toMatchObject({ count: 100, next: { cursor: 159 } });
    const second = await find(odd, [], { limit: 100, ...first.next });
    expect(second).toEqual({ items: Array.from({ length: 70 }, (_, n) => 161 + 2 * n), count: 100 });
    const sorted = await find(odd, [{ key: { metadata: ['n'] }, direction: 1 }], { limit: 2, offset: 1 });
    expect(sorted).toEqual({ items: [297, 295], count: 100, next: { offset: 3 } });
    const bounded = await search.find(reader, { parentId: 1, query: anything, sort: [], page: { limit: 5 } });
    expect(bounded.count).toBe(101);
    expect(await find(odd, [], { limit: 0 })).toEqual({ items: [], count: 100 });
  });

  it('follows the catalog whatever the order of the news, and however often they come', async () => {
    catalog.put(10, 1, 'x', { a: 1 });
    await tell(10);
    catalog.put(10, 1, 'x', { a: 2 }, { revision: 2 });
    await Promise.all([tell(10), tell(10)]);
    expect([await ids(hasA(1)), await ids(hasA(2))]).toEqual([[], [10]]);
    const old = catalog.put(10, 1, 'x', { a: 1 });
    await tell(10);
    expect(await ids(hasA(2))).toEqual([10]);
    catalog.byId.delete(10);
    await tell(10);
    expect(await ids(anything)).toEqual([]);
    catalog.byId.set(10, old);
    await tell(10);
    expect(await ids(anything)).toEqual([]);
    expect((await search.status()).sequence).toBe(sequence);
  });

  it('lets the bus bring an event again that it could not take', async () => {
    catalog.put(10, 1, 'x', { a: 1 });
    catalog.failures = 1;
    await expect(tell(10)).rejects.toThrow('away');
    expect((await search.status()).sequence).toBeLessThan(sequence);
    await tell(10);
    expect(await ids(hasA(1))).toEqual([10]);
  });

  it('fills the index anew without a time when it is empty', async () => {
    for (let id = 10; id < 1210; id++) catalog.put(id, 1, `k${id}`, { a: 1 });
    await tell(...catalog.byId.keys());
    for (let id = 10; id < 20; id++) catalog.byId.delete(id);
    catalog.put(5000, 1, 'missed', { a: 1 });
    const rebuilding = search.rebuild();
    const during: number[] = [];
    while (!(await Promise.race([rebuilding.then(() => true), ids(hasA(1)).then((found) => { during.push(found.length); return false; })])));
    expect(Math.min(...during, 1000)).toBe(1000);
    expect((await find(hasA(1), [], { limit: 10_000 })).count).toBe(1191);
    expect((await search.status()).documents).toBe(1191);
  });

  it('finds out at start what it was never told, and waits for a catalog that is away', async () => {
    catalog.put(10, 1, 'x', { a: 1 });
    await tell(10);
    await search.close();
    catalog.put(11, 1, 'y', { a: 1 });
    catalog.failures = 2;
    const failures: unknown[] = [];
    search = await SearchService.open(database, catalog as unknown as Catalog, { onFailure: (error) => failures.push(error) });
    await search.start(bus as unknown as EventBus);
    await search.caughtUp();
    expect(failures).toHaveLength(2);
    expect(await ids(hasA(1))).toEqual([10, 11]);
  });

  it('refuses what it cannot answer, with a sentence', async () => {
    catalog.put(10, 1, 'x', { a: 'aaaa' });
    await tell(10);
    const regex = (pattern: string): Query => ({ op: 'regex', key: ['a'], pattern, caseSensitive: true });
    for (const bad of [regex('('), regex('[a'), regex('*a'), regex('((a{1,255}){1,255}){1,255}'), regex('(a)\\1')]) {
      await expect(ids(bad)).rejects.toMatchObject({ code: 'invalid_argument' });
    }
    for (const unstorable of [hasA('\0'), hasA('\ud800'), { op: 'like', key: ['a'], pattern: '\0' } as const]) {
      await expect(ids(unstorable)).rejects.toMatchObject({ code: 'unprocessable' });
    }
    await expect(search.find({ id: 'x', kind: 'anonymous', scopes: [] }, { parentId: 1, query: anything, sort: [], page: { limit: 1 } })).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(find(anything, [], { limit: -1 })).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(await ids(regex('a{4}'))).toEqual([10]);
  });

  if (!kind.embedded) {
    it('stops a search that takes too long', async () => {
      const hasty = await SearchService.open(database, catalog as unknown as Catalog, { patternTimeoutMs: 20 });
      for (let id = 10; id < 40; id++) catalog.put(id, 1, `k${id}`, { a: 'ab'.repeat(500_000) });
      await tell(...catalog.byId.keys());
      const slow: Query = { op: 'regex', key: ['a'], pattern: '(a|b)*(a|c)*(a|d)*x{9}$', caseSensitive: false };
      await expect(hasty.find(reader, { parentId: 1, query: slow, sort: [], page: { limit: 1 } })).rejects.toMatchObject({ code: 'too_large' });
    });
  }
});
