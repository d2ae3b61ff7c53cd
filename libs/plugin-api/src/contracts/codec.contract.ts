// What every codec has to keep: the bytes of the reference library, in both directions, and an orderly end on others.
import assert from 'node:assert/strict';
import { elementCount, isTesseraError, parseDescr, type Codec, type CodecContext, type NumpyDescr } from '@tessera/domain';
import type { ContractTest } from './contract-test.ts';
import { damaged } from './damage.ts';

/** A chunk as the reference library has it before and after encoding. */
export interface CodecCase {
  readonly name: string;
  readonly configuration?: Readonly<Record<string, unknown>>;
  readonly dtype: NumpyDescr;
  readonly shape: readonly number[];
  /** Base64 of the bytes. */
  readonly decoded: string;
  readonly encoded: string;
}

export interface CodecContractOptions {
  readonly codec: Codec;
  readonly cases: readonly CodecCase[];
  /** Configurations that `resolve` has to refuse. */
  readonly wrongConfigurations?: readonly Readonly<Record<string, unknown>>[];
  /** Whether encoding gives the very bytes of the reference library, not just such as decode to the same; true unless said otherwise. */
  readonly encodesAlike?: boolean;
  /** Damaged copies of each chunk that are tried. */
  readonly damageCount?: number;
}

export function codecContract({ codec, cases, wrongConfigurations = [], encodesAlike = true, damageCount = 1000 }: CodecContractOptions): ContractTest[] {
  return [
    { name: 'has cases', run: async () => assert.ok(cases.length > 0) },
    ...cases.map((one) => ({ name: `decodes ${one.name}`, run: () => decodes(codec, one) })),
    ...cases.map((one) => ({ name: `encodes ${one.name}, if it encodes at all`, run: () => encodes(codec, one, encodesAlike) })),
    ...cases.map((one, index) => ({ name: `comes to an orderly end on ${damageCount} damaged copies of ${one.name}`, run: () => survives(codec, one, damageCount, index + 1) })),
    ...wrongConfigurations.map((configuration) => ({
      name: `refuses the configuration ${JSON.stringify(configuration)}`,
      run: async () => assert.throws(() => codec.resolve(configuration, contextOf(cases[0]!)), (error) => isTesseraError(error, 'invalid_argument')),
    })),
  ];
}

const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

function contextOf({ dtype, shape }: CodecCase): CodecContext {
  const dataType = parseDescr(dtype);
  return { shape, dataType, maxByteLength: elementCount(shape) * dataType.itemsize };
}

const resolved = (codec: Codec, one: CodecCase) => codec.resolve(one.configuration ?? {}, contextOf(one));

async function decodes(codec: Codec, one: CodecCase): Promise<void> {
  const encoded = bytesOf(one.encoded);
  const { decode, maxEncodedByteLength } = resolved(codec, one);
  assert.equal(textOf(await decode(encoded)), one.decoded, 'it decodes to something else');
  assert.equal(textOf(encoded), one.encoded, 'decode() changed its input');
  assert.ok(encoded.byteLength <= maxEncodedByteLength, `maxEncodedByteLength is ${maxEncodedByteLength}, though a sound chunk has ${encoded.byteLength} bytes: it would be refused`);
}

async function encodes(codec: Codec, one: CodecCase, encodesAlike: boolean): Promise<void> {
  const { decode, encode, maxEncodedByteLength } = resolved(codec, one);
  if (!encode) return;
  const decoded = bytesOf(one.decoded);
  const encoded = await encode(decoded);
  assert.equal(textOf(decoded), one.decoded, 'encode() changed its input');
  assert.ok(encoded.byteLength <= maxEncodedByteLength, `it encodes to ${encoded.byteLength} bytes, more than its maxEncodedByteLength ${maxEncodedByteLength}`);
  if (encodesAlike) assert.equal(textOf(encoded), one.encoded, 'it encodes to something else');
  assert.equal(textOf(await decode(encoded)), one.decoded, 'what it encodes does not decode to the same');
}

async function survives(codec: Codec, one: CodecCase, damageCount: number, seed: number): Promise<void> {
  const { maxByteLength } = contextOf(one);
  const { decode } = resolved(codec, one);
  let copyNumber = 0;
  for (const bytes of damaged(bytesOf(one.encoded), damageCount, seed)) {
    try {
      const { byteLength } = await decode(bytes);
      assert.ok(byteLength <= maxByteLength, `damaged copy ${copyNumber} decodes to ${byteLength} bytes; there may be ${maxByteLength} at most`);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      assert.ok(isTesseraError(error, 'gone'), `damaged copy ${copyNumber}: not a TesseraError of code "gone", but ${error instanceof Error ? error.stack : String(error)}`);
    }
    copyNumber++;
  }
}
