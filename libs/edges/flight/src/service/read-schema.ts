import { TesseraError, type Call, type Reader, type Ticket } from '@tessera/domain';
import { LRUCache } from 'lru-cache';
import type { FlightSelection } from '../access/flight-tickets.ts';
import { encapsulate, ipcMessages } from '../ipc/ipc-messages.ts';

/** Schemas that are remembered, together. */
const cacheByteLength = 32 * 2 ** 20;

/** Schemas of parts of tables and arrays: the first message of their stream. Manifests never change, so neither do they. */
export class Schemas {
  readonly #reader: Reader;
  readonly #known = new LRUCache<string, Uint8Array>({ maxSize: cacheByteLength, sizeCalculation: (schema, key) => schema.byteLength + key.length });

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** Encapsulated; of a part that best has no rows. @throws TesseraError for what is wrong with the selection. */
  async read(ticket: Ticket, selection: FlightSelection, call: Call): Promise<Uint8Array> {
    const key = `${ticket.manifestId}\n${JSON.stringify(selection)}`;
    const known = this.#known.get(key);
    if (known) return known;
    const pieces = 'table' in selection ? this.#reader.readTable(ticket, selection.table, call) : this.#reader.readArray(ticket, selection.array, call);
    for await (const { header } of ipcMessages(pieces)) {
      const schema = encapsulate(header);
      this.#known.set(key, schema);
      return schema;
    }
    throw new TesseraError('internal', 'A reader gave an Arrow stream without a schema.');
  }
}
