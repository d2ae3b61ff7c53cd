import { lentPiece, releasePiece } from '@tessera/domain';
import { inOrderAhead } from './in-order-ahead.ts';

const lengths = [10, 10, 10, 50, 10, 10];
const pause = () => new Promise((resolve) => setImmediate(resolve));

/** Pieces whose memory is accounted for. */
function account(failAt = Infinity) {
  const held = new Set<number>();
  let started = 0;
  const pieces = inOrderAhead(lengths.keys(), { byteLengthOf: (item) => lengths[item]!, aheadByteLength: 30 }, async (item) => {
    started++;
    held.add(item);
    // Those that come later are ready first.
    for (let turn = item; turn < lengths.length; turn++) await pause();
    if (item === failAt) throw new Error('damaged');
    return lentPiece(Uint8Array.of(item), () => held.delete(item));
  });
  return { pieces, held, started: () => started };
}

describe('inOrderAhead', () => {
  it('gives pieces in their order and works no further ahead than it may', async () => {
    const { pieces, held, started } = account();
    const order: number[] = [];
    const ahead: number[] = [];
    for await (const piece of pieces) {
      order.push(piece[0]!);
      ahead.push([...held].reduce((sum, item) => sum + lengths[item]!, 0));
      releasePiece(piece);
    }
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
    expect(started()).toBe(6);
    expect(ahead[0]).toBe(30);
    // The large one is worked on alone.
    expect(Math.max(...ahead)).toBe(50);
    expect(held.size).toBe(0);
  });

  it('gives back what was made for nothing when nobody wants more, but not what was taken', async () => {
    const { pieces, held } = account();
    for await (const piece of pieces) {
      expect(piece[0]).toBe(0);
      break;
    }
    expect([...held]).toEqual([0]);
  });

  it('tells of a failure in its turn', async () => {
    const { pieces } = account(2);
    const order: number[] = [];
    await expect((async () => {
      for await (const piece of pieces) order.push(piece[0]!);
    })()).rejects.toThrow('damaged');
    expect(order).toEqual([0, 1]);
  });
});
