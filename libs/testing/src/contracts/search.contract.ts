import fc from 'fast-check';
import { matchQuery, singleUserScopes, type Catalog, type Json, type JsonObject, type Node, type NodeDraft, type Principal, type Query, type Search } from '@tessera/domain';
import { failureCode } from './failure.ts';

export interface SearchSetup {
  readonly search: Search;
  /** What the index is fed from. */
  readonly catalog: Catalog;
  /** Resolves once the index knows all that the catalog told. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

const writer: Principal = { id: 'user:writer', kind: 'user', scopes: singleUserScopes };
const stranger: Principal = { id: 'anonymous', kind: 'anonymous', scopes: [] };

const container = (path: string[], metadata: JsonObject = {}): NodeDraft => ({ path, structure: { family: 'container' }, metadata, specs: [] });

const words = ['red', 'blue', 'green apple', 'Apple', ''];
const scalar: fc.Arbitrary<Json> = fc.oneof(fc.constantFrom(...words), fc.integer({ min: -2, max: 2 }), fc.constantFrom(0.5, -1.5), fc.boolean(), fc.constant(null));
const value: fc.Arbitrary<Json> = fc.oneof({ weight: 4, arbitrary: scalar }, { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) });
const key = fc.constantFrom(['color'], ['n'], ['deep', 'color'], ['absent']);

const documents: fc.Arbitrary<NodeDraft> = fc.record({
  color: value, n: value, deep: fc.oneof(fc.record({ color: value }), scalar),
}, { requiredKeys: [] }).chain((metadata) => fc.constantFrom<Partial<NodeDraft>>(
  {}, { specs: [{ name: 'run' }] }, { specs: [{ name: 'run' }, { name: 'raw', version: '2' }] },
  { structure: { family: 'array', array: { dataType: { kind: 'u', itemsize: 1, endianness: 'not_applicable' }, shape: [1], chunks: [1] } }, manifestId: 'aa.0.1' },
).map((extra) => ({ ...container([], metadata as JsonObject), ...extra })));

const { query: queries } = fc.letrec<{ query: Query }>((tie) => ({
  query: fc.oneof({ maxDepth: 2 },
    fc.record({ op: fc.constantFrom('eq' as const, 'noteq' as const), key, value }),
    fc.record({ op: fc.constant('compare' as const), key, operator: fc.constantFrom('lt' as const, 'gt' as const, 'le' as const, 'ge' as const), value: scalar.filter((each) => each !== null) }),
    fc.record({ op: fc.constant('contains' as const), key, value: scalar }),
    fc.record({ op: fc.constantFrom('in' as const, 'notin' as const), key, values: fc.array(scalar, { maxLength: 3 }) }),
    fc.record({ op: fc.constant('fulltext' as const), text: fc.constantFrom('apple', 'APPLE green', 'red', 'blue;', '') }),
    fc.record({ op: fc.constant('regex' as const), key, pattern: fc.constantFrom('^r', 'le$', 'p+', '[a-g]', 'A'), caseSensitive: fc.boolean() }),
    fc.record({ op: fc.constant('like' as const), key, pattern: fc.constantFrom('%e%', 'r_d', 'Apple', '') }),
    fc.record({ op: fc.constant('present' as const), key, present: fc.boolean() }),
    fc.record({ op: fc.constant('specs' as const), include: fc.subarray(['run', 'raw']), exclude: fc.subarray(['raw', 'other']) }),
    fc.record({ op: fc.constant('family' as const), family: fc.constantFrom('array' as const, 'container' as const) }),
    fc.record({ op: fc.constant('keys' as const), keys: fc.subarray(['d0', 'd3', 'd5', 'nobody']) }),
    fc.record({ op: fc.constant('not' as const), query: tie('query') }),
    fc.record({ op: fc.constantFrom('and' as const, 'or' as const), queries: fc.array(tie('query'), { maxLength: 3 }) }),
  ),
}));

/** What every search index does. `setup` gives an empty catalog and its index; all tests of the suite use them. */
export function searchContract(name: string, setup: () => Promise<SearchSetup>): void {
  describe(`search: ${name}`, () => {
    let given: SearchSetup;
    let serial = 0;
    beforeAll(async () => {
      given = await setup();
    });
    afterAll(() => given?.close());

    /** A container whose children are these, known to the index. */
    async function register(children: readonly NodeDraft[]): Promise<{ parent: Node; nodes: readonly Node[] }> {
      const parentKey = `p${++serial}`;
      const drafts = [container([]), ...children.map((child, i) => ({ ...child, path: [`d${i}`] }))];
      const [parent] = await given.catalog.register(writer, [{ parent: [], key: parentKey, drafts, ifExists: 'fail' }]);
      await given.settle();
      const { items } = await given.catalog.children(writer, [parentKey], { page: { limit: 100 }, sort: [] });
      return { parent: parent!, nodes: items };
    }
    const all: Query = { op: 'and', queries: [] };
    const find = (parentId: number, query: Query, more = {}) => given.search.find(writer, { parentId, query, page: { limit: 100 }, sort: [], ...more });

    it('finds what a query means, for any query', async () => {
      const samples = fc.sample(documents, { numRuns: 24, seed: 7 });
      const { parent, nodes } = await register(samples);
      await fc.assert(fc.asyncProperty(queries, async (query) => {
        const { items, count } = await find(parent.id, query, { exactCount: true });
        const expected = nodes.filter((node) => matchQuery(query, node)).map((node) => node.id);
        expect([...items].sort((a, b) => a - b)).toEqual(expected.sort((a, b) => a - b));
        expect(count).toBe(expected.length);
      }), { numRuns: 250 });
    });

    it('finds children of the one container, not what lies deeper or elsewhere', async () => {
      const { parent, nodes } = await register([container([], { a: 1 })]);
      await given.catalog.register(writer, [{ parent: parent.path, key: 'deeper', drafts: [container([]), container(['x'], { a: 1 })], ifExists: 'fail' }]);
      await given.settle();
      expect((await find(parent.id, { op: 'eq', key: ['a'], value: 1 })).items).toEqual([nodes[0]!.id]);
      expect(await find(2 ** 40, all)).toMatchObject({ items: [], count: 0 });
    });

    it('gives pages in the order asked for, each child once', async () => {
      const values = [4, 1, 3, 0, 2, 6, 5];
      const { parent, nodes } = await register(values.map((v) => container([], { v })));
      const sort = [{ key: { metadata: ['v'] }, direction: -1 as const }];
      const seen: number[] = [];
      for (let page: { limit: number; offset?: number; cursor?: number } | undefined = { limit: 3 }; page;) {
        const { items, count, next } = await find(parent.id, all, { page, sort, exactCount: true });
        expect(count).toBe(7);
        seen.push(...items);
        page = next && { limit: 3, ...next };
      }
      expect(seen.map((id) => nodes.find((node) => node.id === id)!.metadata['v'])).toEqual([6, 5, 4, 3, 2, 1, 0]);
      expect((await find(parent.id, all, { page: { limit: 2 } })).items).toEqual(nodes.slice(0, 2).map((node) => node.id));
    });

    it('follows the catalog: replaced and removed nodes', async () => {
      const { parent, nodes } = await register([container([], { a: 1 }), container([], { a: 1 })]);
      await given.catalog.register(writer, [{ parent: parent.path, key: 'd0', drafts: [container([], { a: 2 })], ifExists: 'replace' }]);
      await given.settle();
      expect((await find(parent.id, { op: 'eq', key: ['a'], value: 1 })).items).toEqual([nodes[1]!.id]);
      expect((await find(parent.id, { op: 'eq', key: ['a'], value: 2 })).count).toBe(1);
      await given.catalog.remove(writer, parent.path);
      await given.settle();
      expect((await find(parent.id, all)).items).toEqual([]);
    });

    it('tells how far it is, and can be filled anew', async () => {
      const { parent, nodes } = await register([container([], { again: true })]);
      const before = await given.search.status();
      expect(before.documents).toBeGreaterThanOrEqual(2);
      expect(before.sequence).toBeGreaterThan(0);
      await given.search.rebuild();
      expect((await find(parent.id, { op: 'eq', key: ['again'], value: true })).items).toEqual([nodes[0]!.id]);
      expect((await given.search.status()).documents).toBe(before.documents);
    });

    it('refuses strangers, and what cannot be asked', async () => {
      expect(['unauthenticated', 'permission_denied']).toContain(await failureCode(given.search.find(stranger, { parentId: 0, query: all, page: { limit: 1 }, sort: [] })));
      expect(await failureCode(find(0, { op: 'regex', key: ['a'], pattern: '(', caseSensitive: true }))).toBe('invalid_argument');
      expect(await failureCode(given.search.find(writer, { parentId: 0, query: all, page: { limit: 1 }, sort: [] }, { signal: AbortSignal.abort() }))).toBe('cancelled');
    });
  });
}
