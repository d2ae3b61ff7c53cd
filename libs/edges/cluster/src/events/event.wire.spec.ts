import fc from 'fast-check';
import type { CatalogEvent } from '@tessera/domain';
import { decodeEvent, encodeEvent } from './event.wire.ts';

const event: fc.Arbitrary<CatalogEvent> = fc.record({
  sequence: fc.maxSafeNat(),
  kind: fc.constantFrom('node.registered.v1', 'node.updated.v1', 'node.removed.v1'),
  nodeIds: fc.oneof(fc.array(fc.nat(20)), fc.tuple(fc.nat(), fc.nat(500)).map(([first, count]) => Array.from({ length: count }, (_, i) => first + i)), fc.array(fc.maxSafeNat())),
});

describe('events on the wire', () => {
  it('come back as they were, ids in order, whatever the bound', () => {
    fc.assert(fc.property(event, fc.integer({ min: 300, max: 5_000 }), (sent, most) => {
      const parts = [...encodeEvent(sent, most)];
      expect(Math.max(...parts.map(({ body }) => body.byteLength))).toBeLessThanOrEqual(most);
      const got = parts.map(({ body }) => decodeEvent(body));
      expect(got.flatMap((part) => part.nodeIds)).toEqual(sent.nodeIds);
      expect(got.every((part) => part.sequence === sent.sequence && part.kind === sent.kind)).toBe(true);
      expect(new Set(parts.map(({ messageId }) => messageId)).size).toBe(parts.length);
    }));
  });

  it('of a file with a million nodes are small', () => {
    const nodeIds = Array.from({ length: 1e6 }, (_, i) => 4_000_000 + i);
    const parts = [...encodeEvent({ sequence: 1, kind: 'node.registered.v1', nodeIds }, 1e6)];
    expect(parts).toHaveLength(1);
    expect(parts[0]!.body.byteLength).toBeLessThan(200);
  });

  it('have the same id when published twice, another when anything differs', () => {
    const idOf = (sent: CatalogEvent) => [...encodeEvent(sent, 1e6)][0]!.messageId;
    const first: CatalogEvent = { sequence: 7, kind: 'node.updated.v1', nodeIds: [1] };
    expect(idOf({ ...first })).toBe(idOf(first));
    for (const other of [{ ...first, sequence: 8 }, { ...first, kind: 'node.removed.v1' as const }, { ...first, nodeIds: [2] }]) expect(idOf(other)).not.toBe(idOf(first));
  });

  it.each(['', 'null', '{}', '{"sequence":1,"kind":"node.eaten.v1","nodeIdRuns":[]}', '{"sequence":1,"kind":"node.updated.v1","nodeIdRuns":[1]}', '{"sequence":"1","kind":"node.updated.v1","nodeIdRuns":[]}'])('refuse %j', (text) => {
    expect(() => decodeEvent(new TextEncoder().encode(text))).toThrow(/not an event/);
  });
});
