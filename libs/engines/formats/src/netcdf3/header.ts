// The header of the classic formats CDF-1, CDF-2 (64-bit offset) and CDF-5 (64-bit data):
// NetCDF User's Guide, "File Format Specifications", "The NetCDF Classic Format Specification".
import type { Json, ScalarType } from '@tessera/domain';
import { readAttribute } from './attribute.ts';
import { ByteReader } from './byte-reader.ts';
import { damaged } from './damage.ts';
import { externalType } from './external-type.ts';

export interface ClassicDimension {
  readonly name: string;
  /** 0 for the one that grows with each record. */
  readonly length: number;
}

export interface ClassicVariable {
  readonly name: string;
  readonly dimensionIds: readonly number[];
  readonly attributes: readonly (readonly [string, Json])[];
  readonly type: ScalarType;
  /** Of its first value, from the start of the file. */
  readonly byteOffset: number;
}

export interface ClassicHeader {
  /** Undefined while a file is written as a stream: the length of the file tells. */
  readonly recordCount: number | undefined;
  readonly dimensions: readonly ClassicDimension[];
  readonly attributes: readonly (readonly [string, Json])[];
  readonly variables: readonly ClassicVariable[];
}

const tags = { dimension: 10, variable: 11, attribute: 12 };
const versions = [1, 2, 5];
/** As many as of any other format; what has more is no honest file. */
const maxEntryCount = 200_000;
const maxRank = 64;

/** Whether a file begins as those of the classic formats do: "CDF" and a version. */
export function isClassic(head: Uint8Array): boolean {
  return head.byteLength >= 4 && head[0] === 0x43 && head[1] === 0x44 && head[2] === 0x46 && versions.includes(head[3]!);
}

/** @param bytes the start of the file. @throws HeaderGoesOn if they are too few, damaged if they are none of a header. */
export function parseHeader(bytes: Uint8Array): ClassicHeader {
  if (!isClassic(bytes)) throw damaged('it does not begin as a file of the classic format does');
  const version = bytes[3]!;
  const reader = new ByteReader(bytes, version === 5, 4);
  const recordCount = reader.optionalCount();
  const dimensions = readList(reader, tags.dimension, 'dimensions', () => ({ name: reader.name(), length: reader.count() }));
  if (dimensions.filter(({ length }) => length === 0).length > 1) throw damaged('more than one of its dimensions is unlimited');
  const attributes = readAttributes(reader);
  const variables = readList(reader, tags.variable, 'variables', () => readVariable(reader, version === 1));
  for (const { dimensionIds } of variables) {
    if (dimensionIds.some((id) => id >= dimensions.length)) throw damaged('a variable has a dimension that is not there');
    if (dimensionIds.some((id, axis) => axis > 0 && dimensions[id]!.length === 0)) throw damaged('the unlimited dimension of a variable is not its first');
  }
  return { recordCount, dimensions, attributes, variables };
}

function readVariable(reader: ByteReader, hasShortOffset: boolean): ClassicVariable {
  const name = reader.name();
  const rank = reader.count();
  if (rank > maxRank) throw damaged(`a variable has ${rank} dimensions`);
  const dimensionIds = Array.from({ length: rank }, () => reader.count());
  const attributes = readAttributes(reader);
  const type = externalType(reader.u32());
  // "vsize" is redundant, and wrong where it does not fit its field.
  reader.optionalCount();
  return { name, dimensionIds, attributes, type, byteOffset: hasShortOffset ? reader.u32() : reader.u64() };
}

function readAttributes(reader: ByteReader): [string, Json][] {
  return readList(reader, tags.attribute, 'attributes', () => readAttribute(reader));
}

/** A list with its tag; an absent one has zeros for both tag and count. */
function readList<Item>(reader: ByteReader, tag: number, what: string, read: () => Item): Item[] {
  const found = reader.u32();
  const count = reader.count();
  if (found !== tag && !(found === 0 && count === 0)) throw damaged(`its list of ${what} is not where it should be`);
  if (count > maxEntryCount) throw damaged(`it claims ${count} ${what}`);
  const items: Item[] = [];
  for (let index = 0; index < count; index++) items.push(read());
  return items;
}
