// Damaged files: cut off anywhere, or with bytes changed. Whatever they are, reading them ends, and an
// error is one that a client can be told; nothing else is allowed to come out.
import { readFileSync } from 'node:fs';
import { isTesseraError, type ByteStore, type Entry, type TableManifest } from '@tessera/domain';
import { closeParquet } from '@tessera/arrow';
import { resolveTableExporter } from '@tessera/exporters';
import { formats } from '@tessera/formats';
import { openTable } from '@tessera/tables';

afterAll(() => closeParquet());

const fixture = (path: string) => readFileSync(new URL(`../../fixtures/${path}`, import.meta.url));

function storeOf(bytes: Uint8Array): ByteStore {
  return {
    read: async (_uri, range) => bytes.subarray(range?.byteOffset ?? 0, range?.byteLength === undefined ? undefined : range.byteOffset + range.byteLength),
    stat: async (uri) => ({ uri, isDirectory: false, byteLength: bytes.byteLength }),
     
    async *list() {
      throw new Error('There is one file.');
    },
  };
}

/** Indexes and reads a file as a client would; gives what it ended with. */
async function read(formatName: string, bytes: Uint8Array, exported: string): Promise<'read' | string> {
  const store = storeOf(bytes);
  const entry: Entry = { uri: 'memory:file', isDirectory: false, byteLength: bytes.byteLength };
  try {
    const format = await formats.get(formatName)!();
    const [node] = await Array.fromAsync(format.index(entry, store, {}));
    const table = openTable(node!.manifest as TableManifest, store);
    const exporter = await resolveTableExporter(exported);
    for await (const piece of exporter.export({ schema: table.schema, batches: table.batches() }, { mediaType: exported })) void piece;
    return 'read';
  } catch (error) {
    if (!isTesseraError(error) || error.code === 'internal') throw error;
    return error.code;
  }
}

/** A small generator of numbers, the same at each run. */
function randoms(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function mutated(bytes: Uint8Array, random: (below: number) => number, from = 0): Uint8Array {
  const copy = new Uint8Array(bytes);
  const count = 1 + random(4);
  for (let i = 0; i < count; i++) copy[from + random(bytes.byteLength - from)] = [0, 1, 0x7f, 0x80, 0xff, random(256)][random(6)]!;
  return copy;
}

const allowed = ['read', 'gone', 'unsupported', 'stale', 'too_large', 'not_acceptable'];

describe('cut off', () => {
  it.each([['arrow', 'types.arrow', 401], ['arrow', 'types_zstd.arrow', 401], ['parquet', 'types.parquet', 1999]])('%s: %s', async (format, name, step) => {
    const bytes = fixture(`${format}/${name}`);
    for (let byteLength = 0; byteLength < bytes.byteLength; byteLength += step) {
      expect(await read(format, bytes.subarray(0, byteLength), 'application/json')).toBe('gone');
    }
  });
});

describe('bytes changed', () => {
  it.each(['types.arrow', 'types_zstd.arrow', 'types_lz4.arrow', 'delta.arrow', 'long_lz4.arrow'])('Arrow: %s', async (name) => {
    const random = randoms(7);
    const bytes = fixture(`arrow/${name}`);
    const outcomes = new Set<string>();
    for (let i = 0; i < 300; i++) outcomes.add(await read('arrow', mutated(bytes, random), i % 2 ? 'application/json' : 'application/vnd.apache.arrow.file'));
    expect(allowed).toEqual(expect.arrayContaining([...outcomes]));
    expect(outcomes).toContain('gone');
  });

  it('Parquet, and the decoder still reads good files', async () => {
    const random = randoms(11);
    const bytes = fixture('parquet/types.parquet');
    const outcomes = new Set<string>();
    for (let i = 0; i < 80; i++) {
      // Half of the changes hit the footer, which is at the end.
      outcomes.add(await read('parquet', mutated(bytes, random, i % 2 ? bytes.byteLength - 6000 : 4), 'application/json'));
    }
    expect(allowed).toEqual(expect.arrayContaining([...outcomes]));
    expect(outcomes).toContain('gone');
    expect(await read('parquet', bytes, 'application/json')).toBe('read');
  });

  it('CSV', async () => {
    const random = randoms(13);
    for (const name of ['plain.csv', 'crlf_quotes.csv', 'integers.csv', 'missing.csv']) {
      const bytes = fixture(`csv/${name}`);
      for (let i = 0; i < 100; i++) expect(allowed).toContain(await read('csv', mutated(bytes, random), 'text/csv'));
    }
  });

  it('JSON lines', async () => {
    const random = randoms(17);
    const outcomes = new Set<string>();
    for (const name of ['plain.jsonl', 'nested.jsonl', 'mixed.jsonl', 'packed.jsonl.gz']) {
      const bytes = fixture(`jsonl/${name}`);
      for (let i = 0; i < 200; i++) outcomes.add(await read('jsonl', mutated(bytes, random), 'application/json'));
    }
    expect(allowed).toEqual(expect.arrayContaining([...outcomes]));
    expect(outcomes).toContain('gone');
  });

  it.each(['types.arrows', 'delta.arrows', 'replaced.feather'])('Arrow stream: %s', async (name) => {
    const random = randoms(19);
    const bytes = fixture(`arrow-stream/${name}`);
    const outcomes = new Set<string>();
    for (let i = 0; i < 300; i++) outcomes.add(await read('arrow-stream', mutated(bytes, random), i % 2 ? 'application/json' : 'application/vnd.apache.arrow.file'));
    for (let byteLength = 0; byteLength < bytes.byteLength; byteLength += 401) outcomes.add(await read('arrow-stream', bytes.subarray(0, byteLength), 'application/json'));
    expect(allowed).toEqual(expect.arrayContaining([...outcomes]));
    expect(outcomes).toContain('gone');
  });
});
