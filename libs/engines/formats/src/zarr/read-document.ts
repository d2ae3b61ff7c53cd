import { TesseraError, sourceOf, type ByteStore, type Call, type Json, type JsonObject, type Source } from '@tessera/domain';

/** Consolidated metadata of large hierarchies are long; beyond this they are no metadata. */
const documentByteLimit = 64 * 2 ** 20;

/** A metadata document as parsed. Integers of `fill_value` that a number cannot hold are bigints. */
export type ZarrDocument = Readonly<Record<string, unknown>>;

export interface FoundDocument {
  readonly document: ZarrDocument;
  readonly source: Source;
}

/** A JSON document of a zarr hierarchy; undefined if there is none. @throws TesseraError gone if it is not a JSON object. */
export async function readDocument(uri: string, name: string, store: ByteStore, call?: Call): Promise<FoundDocument | undefined> {
  const entry = await store.stat(`${uri}/${name}`, call);
  if (!entry || entry.isDirectory) return undefined;
  if ((entry.byteLength ?? 0) > documentByteLimit) throw new TesseraError('gone', `The metadata document ${name} is larger than ${documentByteLimit} bytes.`);
  const bytes = await store.read(entry.uri, { byteOffset: 0, byteLength: documentByteLimit }, call);
  if (!bytes) return undefined;
  return { document: parseDocument(bytes, name), source: sourceOf(entry) };
}

function parseDocument(bytes: Uint8Array, name: string): ZarrDocument {
  const text = new TextDecoder().decode(bytes);
  const document = parseJson(text) ?? parseJson(withoutBareNumbers(text));
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document as ZarrDocument;
  throw new TesseraError('gone', `The metadata document ${name} is damaged: it is not a JSON object.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, keepLargeIntegers);
  } catch {
    return undefined;
  }
}

/** The source text is the reviver's third argument (ECMAScript 2025), not yet in TypeScript's types. */
function keepLargeIntegers(this: unknown, key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const isLarge = key === 'fill_value' && typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
  return isLarge && context?.source !== undefined && /^-?\d+$/.test(context.source) ? BigInt(context.source) : value;
}

/** Python writes NaN and Infinity as bare words, which JSON does not know; null is what JSON has for them. */
function withoutBareNumbers(text: string): string {
  return text.replace(/("(?:[^"\\]|\\.)*")|-?\b(?:NaN|Infinity)\b/g, (word, string: string | undefined) => string ?? quoteNumber(word));
}

/** Fill values are written as words in quotes; elsewhere the word would turn a number into a text. */
function quoteNumber(word: string): string {
  return `{"$number":"${word}"}`;
}

/** Attributes as metadata: bare NaN and Infinity, which JSON lacks, become null. */
export function attributesOf(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return plain(value) as JsonObject;
}

/** A bare NaN or Infinity as the word that fill values use. */
export function bareNumber(value: unknown): unknown {
  return isBareNumber(value) ? value.$number : value;
}

function plain(value: unknown): Json {
  if (isBareNumber(value)) return null;
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value as Json;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

function isBareNumber(value: unknown): value is { readonly $number: string } {
  return typeof value === 'object' && value !== null && typeof (value as { $number?: unknown }).$number === 'string' && Object.keys(value).length === 1;
}
