import { setTimeout as sleep } from 'node:timers/promises';
import type { CatalogEvent } from '@tessera/domain';
import { InProcessBus } from './in-process-bus.ts';

const event = (sequence: number): CatalogEvent => ({ sequence, kind: 'node.registered.v1', nodeIds: [sequence] });

describe('InProcessBus', () => {
  let bus: InProcessBus;
  beforeEach(() => { bus = new InProcessBus(); });
  afterEach(() => bus.close());

  it('delivers to every group in order, and has published when all have handled it', async () => {
    const seen: string[] = [];
    await bus.subscribe('slow', async ({ sequence }) => { await sleep(5); seen.push(`slow ${sequence}`); });
    await bus.subscribe('fast', async ({ sequence }) => void seen.push(`fast ${sequence}`));
    await Promise.all([bus.publish(event(1)), bus.publish(event(2)), bus.publish(event(3))]);
    expect(seen.filter((line) => line.startsWith('slow'))).toEqual(['slow 1', 'slow 2', 'slow 3']);
    expect(seen.filter((line) => line.startsWith('fast'))).toEqual(['fast 1', 'fast 2', 'fast 3']);
  });

  it('delivers again when a handler throws, before anything later', async () => {
    const seen: number[] = [];
    let failures = 3;
    await bus.subscribe('group', async ({ sequence }) => {
      seen.push(sequence);
      if (sequence === 1 && failures-- > 0) throw new Error('not now');
    });
    await Promise.all([bus.publish(event(1)), bus.publish(event(2))]);
    expect(seen).toEqual([1, 1, 1, 1, 2]);
  });

  it('keeps events for a group whose subscriber is away', async () => {
    const seen: number[] = [];
    const first = await bus.subscribe('group', async () => undefined);
    await first.close();
    let published = false;
    const publishing = bus.publish(event(7)).then(() => { published = true; });
    await sleep(5);
    expect(published).toBe(false);
    await bus.subscribe('group', async ({ sequence }) => void seen.push(sequence));
    await publishing;
    expect(seen).toEqual([7]);
  });

  it('delivers one sequence once', async () => {
    const seen: number[] = [];
    await bus.subscribe('group', async ({ sequence }) => void seen.push(sequence));
    await Promise.all([bus.publish(event(1)), bus.publish(event(1))]);
    await bus.publish(event(1));
    expect(seen).toEqual([1]);
  });

  it('refuses a second subscriber of a group', async () => {
    await bus.subscribe('group', async () => undefined);
    await expect(bus.subscribe('group', async () => undefined)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('tells watchers at once, whatever they or the groups do', async () => {
    const seen: number[] = [];
    await bus.watch(() => { throw new Error('broken watcher'); });
    const watching = await bus.watch(({ sequence }) => void seen.push(sequence));
    await bus.publish(event(1));
    await watching.close();
    await bus.publish(event(2));
    expect(seen).toEqual([1]);
  });

  it('gives up what is not handled when it closes', async () => {
    await bus.subscribe('group', async () => { throw new Error('never'); });
    const publishing = [bus.publish(event(1)), bus.publish(event(2))].map((published) => published.catch((error: unknown) => error));
    await bus.close();
    expect(await Promise.all(publishing)).toMatchObject([{ code: 'unavailable' }, { code: 'unavailable' }]);
    await expect(bus.publish(event(3))).rejects.toMatchObject({ code: 'unavailable' });
  });
});
