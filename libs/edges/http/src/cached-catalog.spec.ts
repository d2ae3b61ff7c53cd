import type { Catalog, Principal, Resolved } from '@tessera/domain';
import { withNodeCache } from './cached-catalog.ts';
import { fakePort } from './http.fake.ts';

const anna: Principal = { id: 'anna', kind: 'user', scopes: ['read:metadata'] };
const node = (id: number): Resolved => ({ node: { id, path: ['a'], structure: { family: 'container' }, metadata: {}, specs: [], insideFile: false, revision: 1 } });

function counting() {
  let asked = 0;
  let hold: Promise<void> | undefined;
  const catalog = fakePort<Catalog>({
    async resolve() {
      const answer = node(++asked);
      await hold;
      return answer;
    },
    remove: async () => undefined,
  });
  return { cached: withNodeCache(catalog, { ttlMs: 60_000, maxEntries: 2 }), asked: () => asked, holdUntil: (until: Promise<void>) => (hold = until) };
}

describe('withNodeCache', () => {
  it('asks once by principal, scopes, path and options', async () => {
    const { cached, asked } = counting();
    await cached.resolve(anna, ['a']);
    await cached.resolve(anna, ['a']);
    expect(asked()).toBe(1);
    await cached.resolve({ ...anna, id: 'bob' }, ['a']);
    await cached.resolve({ ...anna, scopes: [] }, ['a']);
    await cached.resolve(anna, ['a'], { withChildCount: true });
    await cached.resolve(anna, ['b']);
    expect(asked()).toBe(5);
  });

  it('forgets on events, on changes made through it, and what is too much', async () => {
    const { cached, asked } = counting();
    await cached.resolve(anna, ['a']);
    cached.invalidate([1]);
    await cached.resolve(anna, ['a']);
    await cached.remove(anna, ['a']);
    await cached.resolve(anna, ['a']);
    expect(asked()).toBe(3);
    for (const key of ['b', 'c']) await cached.resolve(anna, [key]);
    await cached.resolve(anna, ['a']);
    expect(asked()).toBe(6);
  });

  it('does not keep an answer that was under way during a change', async () => {
    const { cached, asked, holdUntil } = counting();
    let release: () => void;
    holdUntil(new Promise<void>((resolve) => (release = resolve)));
    const old = cached.resolve(anna, ['a']);
    cached.invalidate([1]);
    release!();
    expect((await old).node.id).toBe(1);
    expect((await cached.resolve(anna, ['a'])).node.id).toBe(2);
    expect(asked()).toBe(2);
  });

  it('does not keep failures', async () => {
    let fails = true;
    const cached = withNodeCache(fakePort<Catalog>({ resolve: async () => { if (fails) throw new Error('no'); return node(1); } }), { ttlMs: 60_000, maxEntries: 2 });
    await expect(cached.resolve(anna, ['a'])).rejects.toThrow('no');
    fails = false;
    expect((await cached.resolve(anna, ['a'])).node.id).toBe(1);
  });
});
