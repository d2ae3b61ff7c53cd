// Reads arrays with zarrita as a page in a browser does, over fetch with a bearer header.
// Standard input: {"url", "headers", "version", "paths"}; standard output: path → array, or {"error"}.
import { text } from 'node:stream/consumers';
import * as zarr from 'zarrita';

const { url, headers, version, paths } = JSON.parse(await text(process.stdin));
const open = version === 3 ? zarr.open.v3 : zarr.open.v2;

async function read(path) {
  const store = new zarr.FetchStore(`${url}/${path}`, { overrides: { headers } });
  const array = await open(store, { kind: 'array' });
  const { data, shape, stride } = await valuesOf(array);
  const places = placesInOrder(shape, stride);
  const values = places.map((place) => (typeof data.get === 'function' ? data.get(place) : data[place]));
  return { dtype: array.dtype, shape, dims: array.dimensionNames ?? null, values: values.map(plain) };
}

/** zarrita gives a bare value for no axes, and fails where there are no elements. */
async function valuesOf(array) {
  if (array.shape.includes(0)) return { data: [], shape: array.shape, stride: array.shape };
  const found = await zarr.get(array, null);
  return array.shape.length === 0 ? { data: [found], shape: [], stride: [] } : found;
}

/** Where the elements lie, in C order. */
function placesInOrder(shape, stride) {
  return shape.reduce((places, length, axis) => places.flatMap((place) => Array.from({ length }, (_, index) => place + index * stride[axis])), [0]);
}

/** JSON has neither wide integers nor NaN, and JSON.stringify no sign of zero. */
function plain(value) {
  if (Object.is(value, -0)) return '-0';
  return typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value)) ? String(value) : value;
}

const result = {};
for (const path of paths) result[path] = await read(path).catch((error) => ({ error: String(error) }));
process.stdout.write(JSON.stringify(result));
