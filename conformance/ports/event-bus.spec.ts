import { randomUUID } from 'node:crypto';
import { InProcessBus } from '@tessera/catalog';
import { NatsBus } from '@tessera/cluster';
import type { CatalogEvent } from '@tessera/domain';
import { eventBusContract, eventually } from '@tessera/testing';
import { natsBinary, natsUrl, TestNatsServer } from '../nats-server.ts';

eventBusContract('in one process', async () => {
  const bus = new InProcessBus();
  return { bus, close: () => bus.close() };
});

const available = natsUrl !== undefined || natsBinary !== undefined;

(available ? describe : describe.skip)('NATS JetStream (needs TESSERA_TEST_NATS_SERVER or TESSERA_TEST_NATS_URL)', () => {
  let server: TestNatsServer | undefined;
  beforeAll(async () => {
    if (natsUrl !== undefined) return;
    server = await TestNatsServer.create();
    await server.start();
  });
  afterAll(() => server?.close());

  eventBusContract('NATS JetStream', async () => {
    const unique = randomUUID().replaceAll('-', '');
    const bus = new NatsBus({ servers: [natsUrl ?? server!.url], streamName: `TEST_${unique}`, subjectPrefix: `test${unique}.events` });
    return { bus, close: () => bus.close() };
  });
});

(natsBinary === undefined ? describe.skip : describe)('NATS that fails (needs TESSERA_TEST_NATS_SERVER)', () => {
  const eventOf = (sequence: number): CatalogEvent => ({ sequence, kind: 'node.updated.v1', nodeIds: [sequence] });
  let server: TestNatsServer;
  const buses: NatsBus[] = [];
  const open = (publishTimeoutMs = 20_000) => {
    const bus = new NatsBus({ servers: [server.url], publishTimeoutMs });
    buses.push(bus);
    return bus;
  };
  beforeEach(async () => {
    server = await TestNatsServer.create();
  });
  afterEach(async () => {
    await Promise.all(buses.splice(0).map((bus) => bus.close()));
    await server.close();
  });

  it('is waited for: what is published and subscribed before it starts goes through', async () => {
    const bus = open();
    const seen: number[] = [];
    await bus.subscribe('search', async ({ sequence }) => void seen.push(sequence));
    const published = bus.publish(eventOf(1));
    await server.start();
    await published;
    await eventually(() => seen.length >= 1);
    expect(seen).toEqual([1]);
  });

  it('makes publish fail in time, so that the outbox keeps the event', async () => {
    await expect(open(500).publish(eventOf(1))).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('loses nothing when killed and started again, whoever was connected', async () => {
    await server.start();
    const [publisher, consumer] = [open(), open()];
    const seen: number[] = [];
    let gaps = 0;
    await consumer.subscribe('search', async ({ sequence }) => void seen.push(sequence));
    await consumer.watch(() => {}, () => gaps++);
    for (let sequence = 1; sequence <= 60; sequence++) {
      if (sequence === 20 || sequence === 40) {
        await server.kill();
        setTimeout(() => void server.start(), 300);
      }
      await publisher.publish(eventOf(sequence));
    }
    await eventually(() => seen.at(-1) === 60);
    // At least once, and in order: what is delivered again comes before what is new.
    expect([...new Set(seen)]).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    await eventually(() => gaps >= 1);
  });

  it('lets a group go on where it stopped, after both ended', async () => {
    await server.start();
    const first = open();
    const seen: number[] = [];
    await first.subscribe('search', async ({ sequence }) => void seen.push(sequence));
    await first.publish(eventOf(1));
    await eventually(() => seen.length === 1);
    await first.close();
    await open().publish(eventOf(2));
    await server.kill();
    await server.start();
    await open().subscribe('search', async ({ sequence }) => void seen.push(sequence));
    await eventually(() => seen.includes(2));
    // A server that is killed may forget an acknowledgement: at least once, and in order.
    expect([...new Set(seen)]).toEqual([1, 2]);
  });

  it('may lose all it kept: stream and consumers are made anew', async () => {
    await server.start();
    const bus = open();
    const seen: number[] = [];
    await bus.subscribe('search', async ({ sequence }) => void seen.push(sequence));
    await bus.publish(eventOf(1));
    await eventually(() => seen.length === 1);
    await server.kill();
    await server.wipe();
    await server.start();
    await bus.publish(eventOf(2));
    await eventually(() => seen.includes(2));
  });
});
