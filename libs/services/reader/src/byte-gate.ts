import type { Call } from '@tessera/domain';
import { checkCall } from './concurrency.ts';

/**
 * Lets work begin, in the order of asking, while what is under way stays within a sum of bytes, whoever it is for.
 * What is larger than the sum goes alone. Work must not ask the same gate again: it would wait for itself.
 */
export class ByteGate {
  private readonly capacity: number;
  private readonly waiting: { readonly byteLength: number; readonly begin: () => void }[] = [];
  private used = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  async run<Result>(byteLength: number, call: Call | undefined, work: () => Promise<Result>): Promise<Result> {
    if (this.waiting.length === 0 && this.fits(byteLength)) this.used += byteLength;
    else await new Promise<void>((begin) => this.waiting.push({ byteLength, begin }));
    try {
      checkCall(call);
      return await work();
    } finally {
      this.used -= byteLength;
      this.admit();
    }
  }

  private admit(): void {
    for (let next = this.waiting[0]; next && this.fits(next.byteLength); next = this.waiting[0]) {
      this.waiting.shift();
      this.used += next.byteLength;
      next.begin();
    }
  }

  private fits(byteLength: number): boolean {
    return this.used === 0 || this.used + byteLength <= this.capacity;
  }
}
