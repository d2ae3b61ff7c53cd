import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase, type Database } from '@tessera/database';
import { singleUserScopes, type CatalogEvent, type EventBus, type Principal } from '@tessera/domain';
import { onEachDatabase } from '@tessera/testing';
import { CatalogService } from './catalog.service.ts';
import { OutboxRelay } from './outbox-relay.ts';
import { outboxLength } from './outbox.sql.ts';

const writer: Principal = { id: 'user:test', kind: 'user', scopes: singleUserScopes };

/** A bus that can be made to fail, or never to answer. */
class UnreliableBus implements Pick<EventBus, 'publish'> {
  readonly published: CatalogEvent[] = [];
  failures = 0;
  hangs = false;
  async publish(event: CatalogEvent): Promise<void> {
    if (this.hangs) return new Promise(() => undefined);
    if (this.failures-- > 0) throw new Error('the bus is down');
    this.published.push(event);
  }
}

onEachDatabase(process.env['TESSERA_TEST_POSTGRES_URL'], openDatabase, (kind) => {
  let database: Database;
  let bus: UnreliableBus;
  let relays: OutboxRelay[];
  let catalog: CatalogService;
  let key = 0;

  beforeAll(async () => { database = await kind.open(); });
  beforeEach(async () => {
    bus = new UnreliableBus();
    relays = [];
    catalog = await CatalogService.open(database, () => relays.forEach((relay) => relay.wake()));
  });
  afterEach(() => Promise.all(relays.map((relay) => relay.close())));

  const startRelay = (onFailure?: (error: unknown) => void, of = database) => {
    const relay = new OutboxRelay(of, bus as unknown as EventBus, onFailure);
    relays.push(relay);
    relay.start();
    return relay;
  };
  const add = async () => (await catalog.register(writer, [{ parent: [], key: `k${key++}`, ifExists: 'fail', drafts: [{ path: [], structure: { family: 'container' }, metadata: {}, specs: [] }] }]))[0]!.id;
  const publishedIds = () => bus.published.flatMap((event) => event.nodeIds);
  const until = async (condition: () => boolean | Promise<boolean>) => {
    while (!(await condition())) await sleep(2);
  };

  it('publishes what was committed before and after it started, in order, and empties the outbox', async () => {
    const ids = [await add(), await add()];
    startRelay();
    ids.push(await add(), await add());
    await until(() => publishedIds().length === 4);
    expect(publishedIds()).toEqual(ids);
    const sequences = bus.published.map((event) => event.sequence);
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
    await until(async () => (await outboxLength(database)) === 0);
  });

  it('goes on after the bus failed, loses nothing, and blocks no writer', async () => {
    const failures: unknown[] = [];
    bus.failures = 3;
    startRelay((error) => failures.push(error));
    const ids = [await add(), await add(), await add()];
    await until(() => publishedIds().length === 3);
    expect(publishedIds()).toEqual(ids);
    expect(failures).toHaveLength(3);
  });

  it('stops while the bus hangs, and leaves the event for the next start', async () => {
    bus.hangs = true;
    const relay = startRelay();
    const id = await add();
    await sleep(10);
    await relay.close();
    expect(await outboxLength(database)).toBe(1);
    bus.hangs = false;
    startRelay();
    await until(() => publishedIds().length === 1);
    expect(publishedIds()).toEqual([id]);
  });

  it('publishes nothing of a transaction that failed', async () => {
    startRelay();
    await add();
    await expect(catalog.register(writer, [{ parent: ['k0'], key: 'a', ifExists: 'fail', drafts: [{ path: [], structure: { family: 'container' }, metadata: { a: '\0' }, specs: [] }] }])).rejects.toMatchObject({ code: 'unprocessable' });
    const last = await add();
    await until(() => publishedIds().includes(last));
    expect(publishedIds()).toHaveLength(2);
  });

  // The embedded database has one process only: nobody to share with.
  if (!kind.embedded) it('shares the outbox between processes: one relays, the other takes over', async () => {
    const other = await kind.reopen();
    const first = startRelay(undefined, other);
    await until(async () => (await add()) > 0 && publishedIds().length > 0);
    startRelay();
    const count = key;
    for (let n = 0; n < 20; n++) await add();
    await first.close();
    for (let n = 0; n < 20; n++) await add();
    await until(async () => (await outboxLength(database)) === 0);
    expect(publishedIds()).toHaveLength(new Set(publishedIds()).size);
    expect(key - count).toBe(40);
    expect([...publishedIds()]).toEqual([...publishedIds()].sort((a, b) => a - b));
  });
});
