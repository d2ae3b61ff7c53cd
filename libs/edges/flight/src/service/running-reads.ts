import { hash } from 'node:crypto';
import { TesseraError, type Call } from '@tessera/domain';
import { LRUCache } from 'lru-cache';

/** Cancelled tickets that are remembered: until they have expired, unless there are very many. */
const maxCancelled = 100_000;

/** The reads under way in this process, by ticket, so that they can be cancelled by whoever has the ticket. */
export class RunningReads {
  readonly #running = new Map<string, Set<AbortController>>();
  readonly #cancelled = new LRUCache<string, true>({ max: maxCancelled });

  /** A read under a ticket: it ends with the caller, or when the ticket is cancelled. @throws TesseraError cancelled if it was. */
  async *run<Item>(ticket: Uint8Array, call: Call, read: (call: Call) => AsyncIterable<Item>): AsyncGenerator<Item> {
    const key = keyOf(ticket);
    if (this.#cancelled.has(key)) throw cancelledError();
    const controller = new AbortController();
    const controllers = this.#running.get(key) ?? new Set();
    this.#running.set(key, controllers.add(controller));
    try {
      const signal = call.signal ? AbortSignal.any([call.signal, controller.signal]) : controller.signal;
      for await (const item of read({ ...call, signal })) {
        if (controller.signal.aborted) throw cancelledError();
        yield item;
      }
    } catch (error) {
      throw controller.signal.aborted ? cancelledError() : error;
    } finally {
      controllers.delete(controller);
      if (controllers.size === 0) this.#running.delete(key);
    }
  }

  /** Ends the reads under a ticket, and lets it be used no more in this process. */
  cancel(ticket: Uint8Array): void {
    const key = keyOf(ticket);
    this.#cancelled.set(key, true);
    for (const controller of this.#running.get(key) ?? []) controller.abort(cancelledError());
  }
}

const keyOf = (ticket: Uint8Array) => hash('sha256', ticket, 'base64url');

function cancelledError(): TesseraError {
  return new TesseraError('cancelled', 'This read was cancelled. Ask for a new ticket by GetFlightInfo.');
}
