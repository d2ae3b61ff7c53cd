import type { CatalogEvent, EventBus } from '@tessera/domain';
import { eventually } from '../eventually.ts';

export interface EventBusSetup {
  readonly bus: EventBus;
  close(): Promise<void>;
}

const eventOf = (sequence: number, nodeIds: readonly number[] = [sequence]): CatalogEvent => ({ sequence, kind: 'node.registered.v1', nodeIds });

/** What every event bus does. `setup` gives a new, empty one. */
export function eventBusContract(name: string, setup: () => Promise<EventBusSetup>): void {
  describe(`event bus: ${name}`, () => {
    let bus: EventBus;
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ bus, close } = await setup());
    });
    afterEach(() => close());

    /** A subscription that collects. */
    async function collect(group: string, before: (event: CatalogEvent) => void = () => {}) {
      const events: CatalogEvent[] = [];
      const subscription = await bus.subscribe(group, async (event) => {
        before(event);
        events.push(event);
      });
      return { events, subscription };
    }

    it('delivers each event to each group, in order, as it was', async () => {
      const [search, cache] = [await collect('search'), await collect('cache')];
      const sent: CatalogEvent[] = [eventOf(1), { ...eventOf(5, [3, 1, 2]), kind: 'node.updated.v1' }, { ...eventOf(9, []), kind: 'node.removed.v1' }];
      for (const event of sent) await bus.publish(event);
      await eventually(() => search.events.length >= 3 && cache.events.length >= 3);
      expect(search.events).toEqual(sent);
      expect(cache.events).toEqual(sent);
    });

    it('delivers an event again to a handler that failed, before the next one', async () => {
      let failures = 3;
      const seen: number[] = [];
      const { events } = await collect('search', ({ sequence }) => {
        seen.push(sequence);
        if (sequence === 2 && failures-- > 0) throw new Error('not now');
      });
      for (let sequence = 1; sequence <= 4; sequence++) await bus.publish(eventOf(sequence));
      await eventually(() => events.length >= 4);
      expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
      expect(seen).toEqual([1, 2, 2, 2, 2, 3, 4]);
    });

    it('handles one event at a time', async () => {
      let running = 0;
      let most = 0;
      let done = 0;
      await bus.subscribe('search', async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 10));
        running--;
        done++;
      });
      await Promise.all([1, 2, 3, 4, 5].map((sequence) => bus.publish(eventOf(sequence))));
      await eventually(() => done === 5);
      expect(most).toBe(1);
    });

    it('takes the same event twice as one', async () => {
      const { events } = await collect('search');
      await bus.publish(eventOf(1));
      await bus.publish(eventOf(1));
      await bus.publish(eventOf(2));
      await eventually(() => events.length >= 2);
      expect(events.map(({ sequence }) => sequence)).toEqual([1, 2]);
    });

    it('goes on where a group stopped', async () => {
      const before = await collect('search');
      await bus.publish(eventOf(1));
      await eventually(() => before.events.length === 1);
      await before.subscription.close();
      const meanwhile = [bus.publish(eventOf(2)), bus.publish(eventOf(3))];
      const after = await collect('search');
      await Promise.all(meanwhile);
      await eventually(() => after.events.length >= 2);
      expect(before.events.map(({ sequence }) => sequence)).toEqual([1]);
      expect(after.events.map(({ sequence }) => sequence)).toEqual([2, 3]);
    });

    it('tells watchers what happens while they watch, and nothing else', async () => {
      const { events } = await collect('search');
      await bus.publish(eventOf(1));
      await eventually(() => events.length === 1);
      const seen: number[][] = [[], []];
      let gaps = 0;
      const watches = [
        await bus.watch(({ sequence }) => seen[0]!.push(sequence), () => gaps++),
        await bus.watch(({ sequence }) => seen[1]!.push(sequence)),
      ];
      await bus.publish(eventOf(2));
      await eventually(() => seen.every((list) => list.length >= 1));
      await watches[0]!.close();
      await bus.publish(eventOf(3));
      await eventually(() => seen[1]!.length >= 2);
      expect(seen).toEqual([[2], [2, 3]]);
      expect(gaps).toBe(0);
      await watches[1]!.close();
    });

    it('is not harmed by a watcher that fails', async () => {
      const { events } = await collect('search');
      const watch = await bus.watch(() => {
        throw new Error('a bad watcher');
      });
      await bus.publish(eventOf(1));
      await bus.publish(eventOf(2));
      await eventually(() => events.length >= 2);
      await watch.close();
    });

    it('carries events of very many nodes', async () => {
      const { events } = await collect('search');
      const run = Array.from({ length: 300_000 }, (_, i) => 1_000 + i);
      const scattered = Array.from({ length: 120_000 }, (_, i) => i * 7_919);
      await bus.publish(eventOf(1, run));
      await bus.publish(eventOf(2, scattered));
      const idsOf = (sequence: number) => events.filter((event) => event.sequence === sequence).flatMap((event) => event.nodeIds);
      await eventually(() => idsOf(2).length >= scattered.length);
      expect(idsOf(1)).toEqual(run);
      expect(idsOf(2)).toEqual(scattered);
    });
  });
}
