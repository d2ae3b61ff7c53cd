// What every format has to keep: the values that the reference library reads, and an orderly end on whatever bytes it meets.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codecs as builtInCodecs } from '@tessera/codecs';
import { checkNode } from '@tessera/plugins';
import {
  decodeManifest, elementCount, encodeManifest, formatDescr, isTesseraError,
  type Codec, type CodecLoaders, type Entry, type Format, type IndexedNode, type NumpyDescr,
} from '@tessera/domain';
import type { ContractTest } from './contract-test.ts';
import { damaged, seededRandom } from './damage.ts';
import { FixtureStore } from './fixture-store.ts';
import { readWhole } from './read-whole.ts';

/** What the reference library found at one path of a file; what is absent is not compared. */
export interface ExpectedNode {
  /** NumPy's array-protocol string, or `descr` of a struct. */
  readonly dtype?: NumpyDescr;
  readonly shape?: readonly number[];
  readonly dims?: readonly string[];
  /** The elements in C order, in that type: themselves, or their SHA-256. */
  readonly base64?: string;
  readonly sha256?: string;
  /** Entries that the metadata have, among others. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** It cannot be read, and says why. At the path "" the whole file. */
  readonly problem?: boolean;
}

export interface FormatContractOptions {
  readonly format: Format;
  /** A folder of files by the reference library. */
  readonly fixtures: string | URL;
  /** File → path of a node ("" = the file itself) → what is there; absent = what `expected.json` in that folder says. */
  readonly expected?: Readonly<Record<string, Readonly<Record<string, ExpectedNode>>>>;
  /** The plug-in's own. */
  readonly codecs?: readonly Codec[];
  /** Damaged copies of each file that are tried. */
  readonly damageCount?: number;
  /** Longest time that a damaged copy may take, milliseconds. */
  readonly timeoutMs?: number;
}

/** Arrays of damaged files that are larger are not read here: a server reads them in parts. */
const maxReadByteLength = 64 * 2 ** 20;
/** Nodes of one damaged file. */
const maxNodeCount = 100_000;

interface Subject {
  readonly format: Format;
  readonly store: FixtureStore;
  readonly codecs: CodecLoaders;
}

/** The tests of a format. Reads `expected.json` at once. */
export function formatContract({ format, fixtures, expected: given, codecs = [], damageCount = 300, timeoutMs = 5000 }: FormatContractOptions): ContractTest[] {
  const folder = typeof fixtures === 'string' && !fixtures.startsWith('file:') ? fixtures : fileURLToPath(fixtures);
  const expected = given ?? (JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<string, Record<string, ExpectedNode>>);
  const subject: Subject = {
    format, store: new FixtureStore(folder),
    codecs: new Map([...builtInCodecs, ...codecs.map((codec) => [codec.name, async () => codec] as const)]),
  };
  const files = Object.entries(expected);
  const sound = files.filter(([, nodes]) => nodes['']?.problem !== true);
  return [
    { name: 'has fixtures that can be read', run: async () => assert.ok(sound.length > 0, `expected.json in ${folder} names no file that can be read`) },
    { name: 'takes no file that is not its own', run: () => takesNothingElse(subject) },
    ...sound.map(([file]) => ({ name: `takes ${file}`, run: () => takes(subject, file) })),
    ...files.map(([file, nodes]) => ({ name: `reads ${file} as the reference library does`, run: () => hasNodes(subject, file, nodes) })),
    ...sound.map(([file]) => ({ name: `stops indexing ${file} when the caller goes away`, run: () => stops(subject, file) })),
    ...sound.map(([file], index) => ({ name: `comes to an orderly end on ${damageCount} damaged copies of ${file}`, run: () => survives(subject, file, { damageCount, timeoutMs, seed: index + 1 }) })),
  ];
}

async function entryOf({ store }: Subject, file: string): Promise<Entry> {
  const entry = await store.stat(store.uri(file));
  assert.ok(entry, `${file} is not in the folder of fixtures`);
  return entry;
}

const sniffed = async ({ format, store }: Subject, entry: Entry, head: Uint8Array) => (await format.sniff(entry, head, store)) === true;

async function takes(subject: Subject, file: string): Promise<void> {
  const entry = await entryOf(subject, file);
  const head = entry.isDirectory ? new Uint8Array() : (await subject.store.read(entry.uri, { byteOffset: 0, byteLength: 4096 }))!;
  assert.ok(await sniffed(subject, entry, head), 'sniff() does not take it by its first 4096 bytes');
}

function noise(seed: number): () => number {
  const random = seededRandom(seed);
  return () => Math.floor(random() * 256);
}

async function takesNothingElse(subject: Subject): Promise<void> {
  const others = { empty: new Uint8Array(), zeros: new Uint8Array(4096), text: new TextEncoder().encode('a,b\n1,2\n'), noise: Uint8Array.from({ length: 512 }, noise(1)), ones: new Uint8Array(100).fill(255) };
  for (const [name, head] of Object.entries(others)) {
    const uri = subject.store.uri(`other-${name}`);
    subject.store.put(`other-${name}`, head);
    assert.ok(!(await sniffed(subject, { uri, isDirectory: false, byteLength: head.byteLength }, head)), `sniff() takes a file of ${name}`);
  }
}

async function hasNodes(subject: Subject, file: string, expected: Readonly<Record<string, ExpectedNode>>): Promise<void> {
  const entry = await entryOf(subject, file);
  if (expected['']?.problem) {
    const nodes = await indexed(subject, entry).catch((error: unknown) => {
      assert.ok(isTesseraError(error), `index() throws what is no TesseraError: ${String(error)}`);
      return undefined;
    });
    assert.ok(nodes === undefined || nodes[0]?.problem !== undefined, 'it is read, though the reference library cannot');
    return;
  }
  const nodes = new Map((await indexed(subject, entry)).map((node) => [node.path.join('/'), node]));
  assert.ok(nodes.size > 0, 'index() gives no node');
  for (const [path, wanted] of Object.entries(expected)) await isNode(subject, entry, path, nodes.get(path), wanted);
}

async function isNode(subject: Subject, entry: Entry, path: string, node: IndexedNode | undefined, wanted: ExpectedNode): Promise<void> {
  const at = `"${path}"`;
  assert.ok(node, `there is no node at ${at}`);
  if (wanted.problem) return assert.ok(node.problem !== undefined, `${at} has no problem`);
  assert.equal(node.problem, undefined, `${at} has a problem`);
  for (const [key, value] of Object.entries(wanted.metadata ?? {})) assert.deepEqual(node.metadata[key], value, `${at}: metadata "${key}"`);
  const { structure, manifest } = node;
  const hasElements = wanted.dtype !== undefined || wanted.base64 !== undefined || wanted.sha256 !== undefined;
  if (!hasElements) return;
  assert.ok(structure.family === 'array' && manifest?.kind === 'array', `${at} is no array`);
  if (wanted.dtype !== undefined) assert.deepEqual(plain(formatDescr(manifest.dataType)), wanted.dtype, `${at}: type`);
  if (wanted.shape) assert.deepEqual(structure.array.shape, wanted.shape, `${at}: shape`);
  if (wanted.dims) assert.deepEqual(structure.array.dims, wanted.dims, `${at}: names of the axes`);
  // A change of the file is noticed by its length and time alone.
  const source = manifest.sources.find(({ uri }) => uri === entry.uri);
  if (!entry.isDirectory && manifest.refs.form !== 'inline') assert.deepEqual([source?.byteLength, source?.modifiedAtMs], [entry.byteLength, entry.modifiedAtMs], `${at}: the sources of the manifest do not tell length and time of the file`);
  // As a reader gets it: stored and read back.
  const stored = decodeManifest(encodeManifest(manifest));
  assert.ok(stored.kind === 'array');
  const bytes = Buffer.from(await readWhole(stored, subject.store, subject.codecs));
  if (wanted.base64 !== undefined) assert.equal(bytes.toString('base64'), wanted.base64, `${at}: values`);
  if (wanted.sha256 !== undefined) assert.equal(createHash('sha256').update(bytes).digest('hex'), wanted.sha256, `${at}: SHA-256 of the values`);
}

async function stops(subject: Subject, file: string): Promise<void> {
  const signal = AbortSignal.abort();
  const entry = await entryOf(subject, file);
  // As the store tells it, or the signal itself.
  await assert.rejects(
    Array.fromAsync(subject.format.index(entry, subject.store, {}, { signal })),
    (error) => isTesseraError(error, 'cancelled') || error === signal.reason,
    'index() does not hand its call on to the store',
  );
}

async function survives(subject: Subject, file: string, { damageCount, timeoutMs, seed }: { damageCount: number; timeoutMs: number; seed: number }): Promise<void> {
  const entry = await entryOf(subject, file);
  if (entry.isDirectory) return;
  const sound = (await subject.store.read(entry.uri))!;
  let copyNumber = 0;
  for (const bytes of damaged(sound, damageCount, seed)) {
    const name = `damaged-${file}`;
    subject.store.put(name, bytes);
    const startedAtMs = performance.now();
    try {
      await readAll(subject, { uri: subject.store.uri(name), isDirectory: false, byteLength: bytes.byteLength, modifiedAtMs: 0 });
    } catch (error) {
      assert.ok(isTesseraError(error) && error.code !== 'internal', `damaged copy ${copyNumber}: not a TesseraError that tells its reader what is wrong, but ${error instanceof Error ? error.stack : String(error)}`);
    }
    const tookMs = performance.now() - startedAtMs;
    assert.ok(tookMs < timeoutMs, `damaged copy ${copyNumber} takes ${Math.round(tookMs)} ms`);
    copyNumber++;
  }
}

async function readAll(subject: Subject, entry: Entry): Promise<void> {
  for (const { manifest, problem } of await indexed(subject, entry)) {
    if (manifest?.kind !== 'array' || problem !== undefined) continue;
    if (elementCount(manifest.grid.shape) * manifest.dataType.itemsize > maxReadByteLength) continue;
    await readWhole(manifest, subject.store, subject.codecs).catch((error: unknown) => {
      // One array that cannot be read leaves the others as they are.
      if (!isTesseraError(error) || error.code === 'internal') throw error;
    });
  }
}

/** The nodes of a file, each as it has to be described. */
async function indexed({ format, store }: Subject, entry: Entry): Promise<IndexedNode[]> {
  const nodes: IndexedNode[] = [];
  for await (const node of format.index(entry, store, {})) {
    nodes.push(checkNode(node, nodes.length === 0));
    assert.ok(nodes.length <= maxNodeCount, `index() gives more than ${maxNodeCount} nodes`);
  }
  return nodes;
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
