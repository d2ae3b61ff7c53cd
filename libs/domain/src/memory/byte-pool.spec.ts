import fc from 'fast-check';
import { BytePool, type Loan } from './byte-pool.ts';

describe('BytePool', () => {
  it('lends the same memory again once it is given back', () => {
    const pool = new BytePool();
    const first = pool.lend(100_000);
    const second = pool.lend(100_000);
    expect(first.bytes.byteLength).toBe(100_000);
    expect(second.bytes.buffer).not.toBe(first.bytes.buffer);
    first.release();
    expect(pool.lend(99_000).bytes.buffer).toBe(first.bytes.buffer);
  });

  it('does not lend memory to two because it was given back twice', () => {
    const pool = new BytePool();
    const loan = pool.lend(10_000);
    loan.release();
    const next = pool.lend(10_000);
    loan.release();
    expect(next.bytes.buffer).toBe(loan.bytes.buffer);
    expect(pool.lend(10_000).bytes.buffer).not.toBe(next.bytes.buffer);
  });

  it('keeps no memory that went to a thread', () => {
    const pool = new BytePool();
    const loan = pool.lend(10_000);
    structuredClone(loan.bytes, { transfer: [loan.bytes.buffer as ArrayBuffer] });
    loan.release();
    expect(pool.lend(10_000).bytes.byteLength).toBe(10_000);
    expect(pool.keptByteLength).toBe(0);
  });

  it('makes room for the sizes that are in use now', () => {
    const pool = new BytePool(2 ** 20);
    for (const loan of Array.from({ length: 4 }, () => pool.lend(256 * 1024))) loan.release();
    expect(pool.keptByteLength).toBe(2 ** 20);
    const large = pool.lend(2 ** 20);
    large.release();
    expect(pool.keptByteLength).toBe(2 ** 20);
    expect(pool.lend(2 ** 20).bytes.buffer).toBe(large.bytes.buffer);
  });

  it('never lends what is lent, keeps no more than it may, and makes nothing much larger than asked for', () => {
    const step = fc.oneof(fc.record({ lend: fc.integer({ min: 0, max: 300_000 }) }), fc.record({ release: fc.nat() }));
    fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const pool = new BytePool(500_000);
      const lent: Loan[] = [];
      for (const each of steps) {
        if ('lend' in each) {
          const loan = pool.lend(each.lend);
          expect(loan.bytes.byteLength).toBe(each.lend);
          expect(loan.bytes.buffer.byteLength).toBeLessThanOrEqual(each.lend * 1.25);
          expect(lent.some((other) => other.bytes.buffer === loan.bytes.buffer)).toBe(false);
          lent.push(loan);
        } else if (lent.length > 0) lent.splice(each.release % lent.length, 1)[0]!.release();
        expect(pool.keptByteLength).toBeLessThanOrEqual(500_000);
      }
    }));
  });
});
