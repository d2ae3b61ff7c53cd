import type { BytePool, Loan } from '@tessera/domain';

/** The memory of one read: lent as the store asks for it, which may be several times, and given back together. */
export class ReadMemory {
  readonly #pool: BytePool;
  readonly #loans: Loan[] = [];

  constructor(pool: BytePool) {
    this.#pool = pool;
  }

  readonly allocate = (byteLength: number): Uint8Array => {
    const loan = this.#pool.lend(byteLength);
    this.#loans.push(loan);
    return loan.bytes;
  };

  /** Not after a failure: who knows who is still reading. */
  readonly release = (): void => {
    for (const loan of this.#loans) loan.release();
  };
}
