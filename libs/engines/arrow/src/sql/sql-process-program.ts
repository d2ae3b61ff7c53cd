// The program of a process that runs queries, one at a time. It is sent as text, so nothing outside of the function is known to it.
import type { FromSqlProcess, PackedColumn, PackedKind, SqlQuery, ToSqlProcess } from './sql-messages.ts';

/* eslint-disable @typescript-eslint/no-explicit-any -- the libraries are loaded by name, without their types. */

/** @param load `require` of a module that has the libraries. */
export function sqlProcessProgram(load: (name: string) => any): void {
  interface Cursor {
    readonly columns: readonly (readonly [string, string])[];
    /** Fills the builders with some rows; false at the end. */
    fill(builders: readonly Builder[], rowCount: number, byteLength: number): Promise<{ rowCount: number; isLast: boolean }>;
    close(): void;
  }

  const arrays: Record<string, any> = { i1: Int8Array, i2: Int16Array, i4: Int32Array, i8: BigInt64Array, u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, u8: BigUint64Array, f4: Float32Array, f8: Float64Array };

  class Builder {
    readonly kind: PackedKind;
    readonly width: number;
    #count = 0;
    #validity = new Uint8Array(1024);
    #values: any;
    #offsets: Int32Array | undefined;
    #byteLength = 0;

    constructor(kind: PackedKind) {
      this.kind = kind;
      this.width = kind === 'decimal' ? 2 : 1;
      this.#values = kind === 'text' || kind === 'bytes' ? Buffer.alloc(16 * 1024) : this.#array(1024 * this.width);
      if (kind === 'text' || kind === 'bytes') this.#offsets = new Int32Array(1025);
    }

    #array(length: number): any {
      return this.kind === 'bool' ? new Uint8Array(length) : this.kind === 'decimal' ? new BigUint64Array(length) : new arrays[this.kind](length);
    }

    get byteLength(): number {
      return this.#offsets ? this.#byteLength : this.#count * this.#values.BYTES_PER_ELEMENT * this.width;
    }

    add(value: any): void {
      if (this.#count === this.#validity.length) this.#grow();
      const row = this.#count++;
      if (this.#offsets) this.#append(value, row);
      else if (value !== null) this.#set(value, row);
      this.#validity[row] = value === null ? 0 : 1;
    }

    #set(value: any, row: number): void {
      switch (this.kind) {
        case 'i8': case 'u8': this.#values[row] = BigInt(value); break;
        case 'f4': case 'f8': this.#values[row] = Number(value); break;
        case 'bool': this.#values[row] = Number(value) === 0 ? 0 : 1; break;
        case 'decimal':
          this.#values[row * 2] = BigInt.asUintN(64, value);
          this.#values[row * 2 + 1] = BigInt.asUintN(64, value >> 64n);
          break;
        default: this.#values[row] = Number(value);
      }
    }

    #append(value: any, row: number): void {
      if (value !== null) {
        const bytes: Uint8Array = typeof value === 'string' ? Buffer.from(value) : ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : Buffer.from(String(value));
        const end = this.#byteLength + bytes.byteLength;
        if (end > this.#values.byteLength) {
          const wider = Buffer.alloc(Math.max(end, this.#values.byteLength * 2));
          wider.set(this.#values.subarray(0, this.#byteLength));
          this.#values = wider;
        }
        this.#values.set(bytes, this.#byteLength);
        this.#byteLength = end;
      }
      this.#offsets![row + 1] = this.#byteLength;
    }

    #grow(): void {
      const count = this.#count * 2;
      const copied = (from: any, to: any) => {
        to.set(from);
        return to;
      };
      this.#validity = copied(this.#validity, new Uint8Array(count));
      if (this.#offsets) this.#offsets = copied(this.#offsets, new Int32Array(count + 1));
      else this.#values = copied(this.#values, this.#array(count * this.width));
    }

    finish(): PackedColumn {
      const rowCount = this.#count;
      const values = this.#offsets ? new Uint8Array(this.#values.subarray(0, this.#byteLength)) : this.#values.slice(0, rowCount * this.width);
      const column = { validity: this.#validity.slice(0, rowCount), values, ...(this.#offsets ? { offsets: this.#offsets.slice(0, rowCount + 1) } : {}) };
      this.#count = 0;
      this.#byteLength = 0;
      return column;
    }
  }

  const isFull = (builders: readonly Builder[], byteLength: number) => builders.reduce((sum, builder) => sum + builder.byteLength, 0) > byteLength;

  async function openSqlite({ path, isImmutable, sql, parameters }: SqlQuery): Promise<Cursor> {
    const { DatabaseSync } = load('node:sqlite');
    const { pathToFileURL } = load('node:url');
    const location = pathToFileURL(path);
    location.searchParams.set('mode', 'ro');
    if (isImmutable) location.searchParams.set('immutable', '1');
    const database = new DatabaseSync(location, { readOnly: true, allowExtension: false, enableDoubleQuotedStringLiterals: false });
    try {
      // A hostile schema runs no function that has effects, and a damaged page ends in an error.
      database.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 5000');
      const statement = database.prepare(sql);
      statement.setReadBigInts(true);
      statement.setReturnArrays(true);
      const rows = statement.iterate(...parameters);
      return {
        columns: statement.columns().map(({ name, type }: { name: string; type: string | null }) => [name, type ?? '']),
        async fill(builders, maxRowCount, maxByteLength) {
          let rowCount = 0;
          while (rowCount < maxRowCount) {
            const { done, value } = rows.next();
            if (done || value === undefined) return { rowCount, isLast: true };
            for (let i = 0; i < builders.length; i++) builders[i]!.add(value[i]);
            rowCount++;
            if ((rowCount & 63) === 0 && isFull(builders, maxByteLength)) break;
          }
          return { rowCount, isLast: false };
        },
        close: () => database.close(),
      };
    } catch (error) {
      database.close();
      throw error;
    }
  }

  async function openDuckdb({ path, sql, parameters }: SqlQuery): Promise<Cursor> {
    const { DuckDBInstance } = load('@duckdb/node-api');
    const database = await DuckDBInstance.create(path, {
      access_mode: 'READ_ONLY', threads: '1', memory_limit: '512MB', temp_directory: '', enable_external_access: 'false',
      autoinstall_known_extensions: 'false', autoload_known_extensions: 'false', lock_configuration: 'true',
    });
    const connection = await database.connect();
    const close = () => {
      connection.closeSync();
      database.closeSync();
    };
    try {
      const result = await connection.stream(sql, [...parameters]);
      return {
        columns: result.columnNames().map((name: string, i: number) => [name, String(result.columnType(i))]),
        async fill(builders, maxRowCount, maxByteLength) {
          let rowCount = 0;
          while (rowCount < maxRowCount) {
            const chunk = await result.fetchChunk();
            if (!chunk || chunk.rowCount === 0) return { rowCount, isLast: true };
            builders.forEach((builder, i) => {
              const vector = chunk.getColumnVector(i);
              for (let row = 0; row < chunk.rowCount; row++) builder.add(plain(vector.getItem(row)));
            });
            rowCount += chunk.rowCount;
            if (isFull(builders, maxByteLength)) break;
          }
          return { rowCount, isLast: false };
        },
        close,
      };
    } catch (error) {
      close();
      throw error;
    }
  }

  /** What DuckDB's objects hold: a count since the epoch, the digits of a decimal, bytes. */
  function plain(value: any): any {
    if (value === null || value === undefined) return null;
    if (typeof value !== 'object') return value;
    return value.days ?? value.micros ?? value.nanos ?? value.nanoseconds ?? value.millis ?? value.milliseconds ?? value.seconds ?? value.bytes ?? value.value ?? String(value);
  }

  let cursor: Cursor | undefined;
  let query: SqlQuery | undefined;
  let builders: Builder[] = [];
  const answer = (message: FromSqlProcess) => process.send!(message);

  const closeCursor = () => {
    try {
      cursor?.close();
    } finally {
      cursor = undefined;
    }
  };

  async function handle(message: ToSqlProcess): Promise<void> {
    if (message.kind === 'open') {
      query = message.query;
      builders = query.kinds.map((kind) => new Builder(kind));
      cursor = await (query.engine === 'sqlite' ? openSqlite : openDuckdb)(query);
      answer({ kind: 'opened', columns: cursor.columns });
    } else if (message.kind === 'next') {
      const { rowCount, isLast } = await cursor!.fill(builders, query!.batchRowCount, query!.batchByteLength);
      answer({ kind: 'batch', rowCount, columns: builders.map((builder) => builder.finish()), isLast });
    } else {
      closeCursor();
      answer({ kind: 'closed' });
    }
  }

  process.on('message', (message: ToSqlProcess) => {
    handle(message).catch((error: unknown) => answer({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }));
  });
  process.on('disconnect', () => process.exit(0));
}
