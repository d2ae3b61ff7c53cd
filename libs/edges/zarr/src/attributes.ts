import type { ArrayLayout, Json, JsonObject, Node, Resolved } from '@tessera/domain';
import { axisNamesOf } from './axis-names.ts';
import { fillAttributeV3 } from './fill-attribute-v3.ts';
import { exactNumber } from './fill-value-json.ts';

function followsXarray(node: Node): boolean {
  return node.specs.some((spec) => spec.name.startsWith('xarray_'));
}

/**
 * The attributes of a node, without the names of its axes. Nodes that follow xarray's convention
 * keep theirs under `attrs`; they are published flat.
 */
export function publishedAttributes(node: Node): JsonObject {
  const attrs = node.metadata['attrs'];
  return followsXarray(node) && isObject(attrs) ? attrs : node.metadata;
}

/** The `.zattrs` of an array, with the names of its axes where xarray looks for them (xarray's "Zarr encoding specification"). */
export function arrayAttributesV2(resolved: Resolved): JsonObject {
  return { ...withMarkedFloats(attributesOfArray(resolved), isOfIntegers(resolved)), _ARRAY_DIMENSIONS: axisNamesOf(resolved) };
}

/** The attributes in the zarr.json of an array, where the names of axes stand beside them, and marks of missing values as xarray writes them. */
export function arrayAttributesV3(resolved: Resolved, layout: ArrayLayout): JsonObject {
  const { _ARRAY_DIMENSIONS: _dimsOfV2, _FillValue: mark, ...others } = attributesOfArray(resolved);
  const attributes = withMarkedFloats(others, isOfIntegers(resolved));
  const encoded = mark === undefined ? undefined : fillAttributeV3(mark, layout.dataType);
  return encoded === undefined ? attributes : { ...attributes, _FillValue: encoded as Json };
}

function attributesOfArray({ node, column }: Resolved): JsonObject {
  return column === undefined ? publishedAttributes(node) : {};
}

/** By which values are decoded: floats, as the convention has it (CF, "Packed Data"). */
const scales = new Set(['scale_factor', 'add_offset']);

/** Of the type of the array, whatever their size. */
const marks = new Set(['_FillValue', 'missing_value']);

function isOfIntegers({ node: { structure } }: Resolved): boolean {
  return structure.family === 'array' && (structure.array.dataType.kind === 'i' || structure.array.dataType.kind === 'u');
}

/**
 * Numbers that are floats and do not look like it are written so that those see it who tell floats from integers, as
 * Python does: scales, by which xarray chooses the type of decoded values, and numbers beyond 2^53, of which metadata
 * have integers as digits.
 */
function withMarkedFloats(attributes: JsonObject, isOfIntegers: boolean): JsonObject {
  const entries = Object.entries(attributes);
  if (!entries.some(([name, value]) => scales.has(name) || isOrHasLargeFloat(value))) return attributes;
  return Object.fromEntries(entries.map(([name, value]) => {
    if (isOfIntegers && marks.has(name)) return [name, value];
    return [name, Array.isArray(value) ? value.map((item) => markedFloat(name, item)) : markedFloat(name, value as Json)];
  }));
}

function markedFloat(name: string, value: Json): Json {
  if (isLargeFloat(value)) return asJson(value.toExponential());
  return scales.has(name) && Number.isInteger(value) ? asJson(`${String(value)}.0`) : value;
}

const asJson = (digits: string): Json => exactNumber(digits) as unknown as Json;

const isOrHasLargeFloat = (value: unknown): boolean => (Array.isArray(value) ? value.some(isLargeFloat) : isLargeFloat(value));

const isLargeFloat = (value: unknown): value is number => typeof value === 'number' && Math.abs(value) >= 2 ** 53;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
