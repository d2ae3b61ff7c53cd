import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parseDescr } from '@tessera/plugin-api';
import { FixtureStore, codecContract, exporterContract, formatContract, readWhole } from '@tessera/plugin-api/testing';
import { byteOffsetCodec } from '../src/byte-offset.codec.js';
import { cbfExporter } from '../src/cbf.exporter.js';
import { cbfFormat } from '../src/cbf.format.js';

const fixtures = new URL('../fixtures/', import.meta.url);
/** @type {import('@tessera/plugin-api/testing').CodecCase[]} */
const frames = JSON.parse(readFileSync(new URL('codec-cases.json', fixtures), 'utf8'));

describe('the format, against what fabio reads', () => {
  for (const { name, run } of formatContract({ format: cbfFormat, codecs: [byteOffsetCodec], fixtures })) test(name, run);
});

describe('the codec, against what fabio writes', () => {
  for (const { name, run } of codecContract({ codec: byteOffsetCodec, cases: frames })) test(name, run);

  test('compresses integers only', () => {
    const dataType = parseDescr('<f4');
    assert.throws(() => byteOffsetCodec.resolve({}, { shape: [1], dataType, maxByteLength: 4 }), { code: 'invalid_argument' });
  });
});

describe('the output', () => {
  const cases = frames.map(({ name, dtype, shape, decoded }) => ({ name, dtype, shape, data: decoded }));
  const refused = [
    { name: 'a stack', dtype: '<i4', shape: [2, 3, 4] },
    { name: 'floating-point numbers', dtype: '<f4', shape: [3, 4] },
    { name: 'nothing', dtype: '<i4', shape: [0, 4] },
    { name: 'a picture of 40 million elements', dtype: '<i4', shape: [8000, 5000] },
  ];
  for (const { name, run } of exporterContract({ exporter: cbfExporter, mediaType: 'application/x-cbf', cases, refused, verify: readsBack })) test(name, run);

  test('takes either byte order', async () => {
    const source = (/** @type {'<i2' | '>i2'} */ dtype, /** @type {number[]} */ bytes) =>
      ({ dataType: parseDescr(dtype), shape: [1, 2], bytes: (async function* () { yield Uint8Array.from(bytes); })() });
    const little = await Array.fromAsync(cbfExporter.export(source('<i2', [1, 0, 0, 2]), { mediaType: 'application/x-cbf' }));
    const big = await Array.fromAsync(cbfExporter.export(source('>i2', [0, 1, 2, 0]), { mediaType: 'application/x-cbf' }));
    assert.deepEqual(Buffer.concat(little), Buffer.concat(big));
  });
});

/**
 * What was written is read as a file.
 * @param {Uint8Array} bytes
 * @param {import('@tessera/plugin-api/testing').ExporterCase} written
 */
async function readsBack(bytes, { name, dtype, shape, data }) {
  const store = new FixtureStore(fixtures);
  store.put('written.cbf', bytes);
  const entry = await store.stat(store.uri('written.cbf'));
  const [node] = entry ? await Array.fromAsync(cbfFormat.index(entry, store, {})) : [];
  assert.equal(node?.manifest?.kind, 'array', name);
  assert.deepEqual([node.manifest.dataType, node.manifest.grid.shape], [parseDescr(dtype), shape]);
  const codecs = new Map([[byteOffsetCodec.name, async () => byteOffsetCodec]]);
  assert.equal(Buffer.from(await readWhole(node.manifest, store, codecs)).toString('base64'), data);
}
