import { createSourceCheck, type SourceCheck } from '@tessera/storage';
import {
  TesseraError, checkTicket, isTesseraError,
  type ArrayLayout, type ArrayRequest, type Call, type ChunkRequest, type EncodedChunk, type ManifestStore, type Reader, type TableRequest, type Ticket, type VersionedByteStore,
} from '@tessera/domain';
import { LRUCache } from 'lru-cache';
import { ByteGate } from './byte-gate.ts';
import { ColumnArray } from './column-array.ts';
import { checkCall } from './concurrency.ts';
import { DecodedCache } from './decoded-cache.ts';
import { OpenManifests, type OpenManifest } from './open-manifest.ts';
import { exportArray } from './read-array.ts';
import { Encoders, checkRank, readAsStored, transcodeChunk } from './read-chunk.ts';
import { exportSparse } from './read-sparse.ts';
import { exportTable } from './read-table.ts';
import type { ReadableArray } from './readable-array.ts';
import { defaultLimits, type ReaderEngines, type ReaderLimits, type ReaderOptions } from './reader-options.ts';

/** Columns whose types are kept. */
const maxColumnCount = 10_000;

/** Reads arrays and tables by their manifests. Needs a store and a ticket, nothing else. */
export class ReaderService implements Reader {
  private readonly opened: OpenManifests;
  private readonly sources: SourceCheck;
  private readonly encoders: Encoders;
  private readonly columns = new LRUCache<string, Promise<ColumnArray>>({ max: maxColumnCount });
  private readonly limits: ReaderLimits;
  private readonly engines: ReaderEngines;

  constructor(store: VersionedByteStore, manifests: ManifestStore, options: ReaderOptions = {}, engines: ReaderEngines = {}) {
    this.limits = { ...defaultLimits, ...options };
    this.engines = engines;
    this.encoders = new Encoders(engines.pool);
    this.sources = createSourceCheck(store);
    this.opened = new OpenManifests(manifests, {
      store, cache: new DecodedCache(this.limits.decodedCacheByteLength), gate: new ByteGate(this.limits.decodingByteLength), codecs: engines.codecs, pool: engines.pool, sources: this.sources,
    }, this.limits.manifestCacheByteLength);
  }

  async describe(ticket: Ticket, column: string | undefined, call?: Call): Promise<ArrayLayout> {
    const opened = await this.open(ticket, call);
    try {
      return (await this.arrayOf(opened, column)).layout;
    } catch (error) {
      throw await this.explain(error, opened, call);
    }
  }

  async readChunk(ticket: Ticket, request: ChunkRequest, call?: Call): Promise<EncodedChunk | undefined> {
    const open = this.open(ticket, call);
    const opened = open instanceof Promise ? await open : open;
    try {
      const array = await this.arrayOf(opened, request.column);
      checkRank(array, request);
      const asStored = opened.kind === 'array' ? readAsStored(opened.stored, request, this.limits, call) : undefined;
      const stored = asStored && await asStored;
      const chunk = stored || (asStored && !request.isFilled) ? stored : await transcodeChunk(array, request, this.encoders, this.limits, call);
      const confirmed = this.sources.confirm(opened.toConfirm);
      if (confirmed) await confirmed;
      return chunk;
    } catch (error) {
      throw await this.explain(error, opened, call);
    }
  }

  async *readArray(ticket: Ticket, request: ArrayRequest, call?: Call): AsyncGenerator<Uint8Array> {
    const opened = await this.open(ticket, call);
    try {
      const isSparse = opened.kind === 'sparse' && request.column === undefined;
      yield* this.confirmed(opened, await (isSparse ? exportSparse(opened.array, request, this.limits, call) : exportArray(await this.arrayOf(opened, request.column), request, this.limits, call, this.engines.arrayExporters)));
    } catch (error) {
      throw await this.explain(error, opened, call);
    }
  }

  async *readTable(ticket: Ticket, request: TableRequest, call?: Call): AsyncGenerator<Uint8Array> {
    const opened = await this.open(ticket, call);
    try {
      if (opened.kind !== 'table') throw new TesseraError('not_found', 'This node is not a table.');
      yield* this.confirmed(opened, await exportTable(opened.table, request, this.limits, call));
    } catch (error) {
      throw await this.explain(error, opened, call);
    }
  }

  /** At once for a manifest that is open and whose files were looked at a moment ago. */
  private open(ticket: Ticket, call: Call | undefined): OpenManifest | Promise<OpenManifest> {
    checkTicket(ticket);
    checkCall(call);
    const opened = this.opened.get(ticket.manifestId, call);
    if (opened instanceof Promise) return opened.then((value) => this.checkSources(value, ticket, call));
    return this.checkSources(opened, ticket, call);
  }

  private checkSources(opened: OpenManifest, { isLook = false }: Ticket, call: Call | undefined): OpenManifest | Promise<OpenManifest> {
    const checked = this.sources.check(opened.sources, { isLook, ...(call ? { call } : {}) });
    return checked ? checked.then(() => opened) : opened;
  }

  /** Pieces that were read from the files as they were indexed: the first that was not ends it. */
  private async *confirmed({ toConfirm }: OpenManifest, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      await this.sources.confirm(toConfirm);
      yield piece;
    }
  }

  /** Bytes that make no sense may be those of a file that was replaced a moment ago: then that is the error. */
  private async explain(error: unknown, opened: OpenManifest, call: Call | undefined): Promise<unknown> {
    if (!isTesseraError(error, 'gone')) return error;
    try {
      await this.sources.check(opened.sources, { fresh: true, ...(call ? { call } : {}) });
    } catch (changed) {
      if (isTesseraError(changed, 'stale')) return changed;
    }
    return error;
  }

  /** What is read as an array. @throws TesseraError not_found if there is no such array or column. */
  private arrayOf(opened: OpenManifest, column: string | undefined): ReadableArray | Promise<ReadableArray> {
    if (opened.kind === 'table') {
      if (column === undefined) throw new TesseraError('not_found', 'This node is a table. Read one of its columns as an array.');
      return this.columnOf(column, opened);
    }
    if (column !== undefined) throw new TesseraError('not_found', `An array has no column "${column}".`);
    return opened.array;
  }

  /** A column, opened once: to know the width of a text it is read whole. That reading serves all callers, so none of them ends it. */
  private columnOf(column: string, { id, table, manifest }: Extract<OpenManifest, { kind: 'table' }>): Promise<ColumnArray> {
    const key = `${id}/${column}`;
    const known = this.columns.get(key);
    if (known) return known;
    const opened = ColumnArray.open(table, manifest, column);
    this.columns.set(key, opened);
    opened.catch(() => this.columns.delete(key));
    return opened;
  }
}
