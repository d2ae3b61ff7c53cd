// A folder of files of one kind, written as one table: x.parquet/part-0.parquet, part-1.parquet, …
import { createHash } from 'node:crypto';
import { TesseraError, isTesseraError, sourceOf, type ByteStore, type Call, type Entry, type Format, type IndexedNode, type Source, type TableManifest } from '@tessera/domain';
import { tableNode } from '../arrow/table-node.ts';
import { combineTables, type PartTable } from './combine-tables.ts';

const maxFileCount = 10_000;
/** What a folder may hold besides: `_SUCCESS`, `_metadata`, `.part-0.parquet.crc`. */
const isHidden = (name: string) => name.startsWith('_') || name.startsWith('.');

interface Kind {
  readonly name: string;
  readonly mediaType: string;
  /** Of the folder, and of the files in it. */
  readonly suffixes: readonly string[];
  readonly inner: () => Promise<Format>;
}

export const parquetFolderFormat = folderFormat({ name: 'parquet-folder', mediaType: 'application/x-parquet', suffixes: ['.parquet', '.pq'], inner: () => import('../parquet/parquet.format.ts').then((m) => m.parquetFormat) });
export const arrowFolderFormat = folderFormat({ name: 'arrow-folder', mediaType: 'application/vnd.apache.arrow.file', suffixes: ['.arrow', '.feather', '.ipc'], inner: () => import('../arrow/arrow.format.ts').then((m) => m.arrowFormat) });
export const csvFolderFormat = folderFormat({ name: 'csv-folder', mediaType: 'text/csv', suffixes: ['.csv', '.tsv', '.csv.gz', '.tsv.gz', '.part'], inner: () => import('../csv/csv.format.ts').then((m) => m.csvFormat) });
export const jsonlFolderFormat = folderFormat({ name: 'jsonl-folder', mediaType: 'application/x-ndjson', suffixes: ['.jsonl', '.ndjson', '.jsonl.gz', '.ndjson.gz'], inner: () => import('../jsonl/jsonl.format.ts').then((m) => m.jsonlFormat) });

function folderFormat({ name, mediaType: innerMediaType, suffixes, inner }: Kind): Format {
  const mediaType = `multipart/related;type=${innerMediaType}`;
  const hasSuffix = (uri: string) => suffixes.some((suffix) => uri.toLowerCase().endsWith(suffix));
  return {
    name,
    mediaTypes: [mediaType],
    // A folder with folders in it is none: what their names say (year=2024) is not in the files.
    sniff: async (entry, _head, store) => entry.isDirectory && hasSuffix(entry.uri) && isTable(await listAll(entry, store), hasSuffix),
    async *index(entry: Entry, store: ByteStore, parameters, call?: Call): AsyncGenerator<IndexedNode> {
      const files = partsOf(await listAll(entry, store, call), hasSuffix);
      if (files.length === 0) throw new TesseraError('gone', 'There are no files of a table in the folder any more.');
      const format = await inner();
      const parts: PartTable[] = [];
      for (const file of files) parts.push(await readPart(format, file, store, parameters, call));
      const table = combineTables(parts);
      const [first] = parts;
      const node = tableNode(entry, { ...table, mediaType });
      const sources = parts.flatMap(({ manifest }) => manifest.sources);
      const facts = factsOf(entry, await listAll(entry, store, call));
      yield {
        ...node,
        specs: first!.node.specs,
        manifest: { ...(node.manifest as TableManifest), sources },
        dataSource: { mediaType, management: 'external', assets: [{ ...facts, isDirectory: true, parameter: 'data_uri' }] },
      };
    },
    fingerprint: async (entry, store, call) => factsOf(entry, await listAll(entry, store, call)),
  };
}

/** What is not hidden in a folder. */
async function listAll(folder: Entry, store: ByteStore, call?: Call): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of store.list(folder.uri, call)) {
    if (isHidden(nameOf(entry))) continue;
    if (entries.length === maxFileCount) throw new TesseraError('unsupported', `A folder of more than ${maxFileCount} files is not read as one table.`);
    entries.push(entry);
  }
  return entries;
}

const nameOf = ({ uri }: Entry) => uri.slice(uri.lastIndexOf('/') + 1);
const inOrder = new Intl.Collator('en', { numeric: true });

function isTable(entries: readonly Entry[], hasSuffix: (uri: string) => boolean): boolean {
  return entries.every((entry) => !entry.isDirectory) && partsOf(entries, hasSuffix).length > 0;
}

/** The files of the table; numbers in names count as such: part-10 comes after part-9. */
function partsOf(entries: readonly Entry[], hasSuffix: (uri: string) => boolean): Entry[] {
  return entries.filter((entry) => !entry.isDirectory && hasSuffix(entry.uri)).sort((a, b) => inOrder.compare(nameOf(a), nameOf(b)));
}

async function readPart(format: Format, listed: Entry, store: ByteStore, parameters: Readonly<Record<string, unknown>>, call: Call | undefined): Promise<PartTable> {
  const name = decodeURIComponent(nameOf(listed));
  try {
    // A link says nothing of what it leads to.
    const entry = listed.byteLength === undefined ? await store.stat(listed.uri, call) : listed;
    if (!entry || entry.isDirectory) throw new TesseraError('gone', 'It is a link to something that is no file.');
    for await (const node of format.index(entry, store, parameters, call)) return { name, node, manifest: node.manifest as TableManifest };
    throw new TesseraError('gone', 'There is nothing in this file.');
  } catch (error) {
    if (!isTesseraError(error) || (error.code !== 'gone' && error.code !== 'unsupported')) throw error;
    throw new TesseraError(error.code, `The table is not whole. ${name}: ${error.message}`, {}, { cause: error });
  }
}

/** The facts of a folder as if it were one file: the newest time, and a hash of the names, lengths, times and tags of all. */
function factsOf(folder: Entry, entries: readonly Entry[]): Source {
  const hash = createHash('sha256');
  let newestMs = 0;
  for (const entry of [...entries].sort((a, b) => (a.uri < b.uri ? -1 : 1))) {
    newestMs = Math.max(newestMs, entry.modifiedAtMs ?? 0);
    const { byteLength = null, modifiedAtMs = null, etag = null } = sourceOf(entry);
    hash.update(JSON.stringify([nameOf(entry), byteLength, modifiedAtMs, etag]));
  }
  return { uri: folder.uri, modifiedAtMs: newestMs, etag: hash.digest('hex').slice(0, 32) };
}
