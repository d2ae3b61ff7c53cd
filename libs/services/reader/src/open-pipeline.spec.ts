import { codecs, type CodecJob, type CodecPool } from '@tessera/codecs';
import { parseScalarType, type Codec, type CodecSpec } from '@tessera/domain';
import { openPipeline } from './open-pipeline.ts';

/** Counts what it is given, and gives it back. */
function counting() {
  const jobs: CodecJob[] = [];
  const pool = { run: async (job: CodecJob) => { jobs.push(job); return job.bytes; } } as unknown as CodecPool;
  return { jobs, pool };
}

/** As a plug-in has one. */
const ownCodec: Codec = { name: 'own', kind: 'bytes-to-bytes', resolve: (_configuration, { maxByteLength }) => ({ decode: (bytes) => bytes, encode: (bytes) => bytes, maxEncodedByteLength: maxByteLength }) };
const boundCodec: Codec = { ...ownCodec, name: 'bound', isMainThreadOnly: true };
const ownGzip: Codec = { ...ownCodec, name: 'gzip' };
const withOwn = new Map([...codecs, ...[ownCodec, boundCodec, ownGzip].map((codec) => [codec.name, async () => codec] as const)]);
const plain: CodecSpec = { name: 'bytes' };
const shardOf = (...inner: CodecSpec[]): CodecSpec => ({ name: 'sharding_indexed', configuration: { chunk_shape: [1024], codecs: inner, index_codecs: [{ name: 'bytes', configuration: { endian: 'little' } }] } });
const dataType = parseScalarType('|u1');

async function encodes(specs: readonly CodecSpec[], byteLength: number): Promise<number> {
  const { jobs, pool } = counting();
  const pipeline = await openPipeline(specs, { shape: [byteLength], dataType, codecs: withOwn }, pool);
  await pipeline.encode(new Uint8Array(byteLength).fill(1));
  return jobs.length;
}

describe('what is done by the pool', () => {
  it('is large, and in codecs that threads know', async () => {
    expect(await encodes([plain, { name: 'lz4' }], 2 ** 18)).toBe(1);
    expect(await encodes([plain, { name: 'lz4' }], 2 ** 17)).toBe(0);
    expect(await encodes([shardOf(plain, { name: 'crc32c' })], 2 ** 18)).toBe(1);
  });

  it('is in codecs of plug-ins, however small, in shards and in shards of shards too', async () => {
    const own: CodecSpec = { name: 'own' };
    for (const specs of [[plain, own], [shardOf(plain, own)], [shardOf(shardOf(plain, own))], [plain, { name: 'numcodecs.own' }], [plain, { name: 'numcodecs.gzip' }]]) expect(await encodes(specs, 1024)).toBe(1);
  });

  it('has no codec that is bound to the main thread, wherever it stands', async () => {
    const bound: CodecSpec = { name: 'bound' };
    for (const specs of [[plain, bound], [shardOf(plain, bound)], [shardOf(shardOf(plain, bound))], [plain, { name: 'own' }, bound]]) expect(await encodes(specs, 2 ** 18)).toBe(0);
  });
});
