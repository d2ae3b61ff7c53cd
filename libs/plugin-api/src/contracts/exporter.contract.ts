// What every exporter has to keep: the same bytes however the data arrive, and a refusal before they do.
import assert from 'node:assert/strict';
import { isTesseraError, parseDescr, type ArrayExporter, type ArraySource, type NumpyDescr } from '@tessera/domain';
import type { ContractTest } from './contract-test.ts';

/** An array, and what is to come of it. */
export interface ExporterCase {
  readonly name: string;
  readonly dtype: NumpyDescr;
  readonly shape: readonly number[];
  /** Base64 of the elements in C order. */
  readonly data: string;
  /** Base64 of the reference library's file, if every byte of it is to be the same. */
  readonly expected?: string;
}

export interface ExporterContractOptions {
  readonly exporter: ArrayExporter;
  readonly mediaType: string;
  readonly cases: readonly ExporterCase[];
  /** Whether the bytes are what they should be, e.g. read back; throws if not. */
  readonly verify?: (bytes: Uint8Array, one: ExporterCase) => void | Promise<void>;
  /** Arrays that the media type cannot carry. */
  readonly refused?: readonly Pick<ExporterCase, 'name' | 'dtype' | 'shape'>[];
  /** Most bytes of one piece. */
  readonly maxPieceByteLength?: number;
}

export function exporterContract({ exporter, mediaType, cases, verify, refused = [], maxPieceByteLength = 8 * 2 ** 20 }: ExporterContractOptions): ContractTest[] {
  const write = async (one: ExporterCase, pieceByteLength: number): Promise<Buffer> => {
    const pieces: Uint8Array[] = [];
    for await (const piece of exporter.export(sourceOf(one, pieceByteLength), { mediaType })) {
      assert.ok(ArrayBuffer.isView(piece), 'a piece is no Uint8Array');
      assert.ok(piece.byteLength <= maxPieceByteLength, `a piece has ${piece.byteLength} bytes`);
      pieces.push(piece.slice());
    }
    return Buffer.concat(pieces);
  };
  return [
    { name: 'has cases', run: async () => assert.ok(cases.length > 0) },
    ...cases.map((one) => ({
      name: `writes ${one.name}`,
      run: async () => {
        const whole = await write(one, Number.POSITIVE_INFINITY);
        if (one.expected !== undefined) assert.equal(whole.toString('base64'), one.expected);
        await verify?.(whole, one);
      },
    })),
    ...cases.map((one) => ({
      name: `writes ${one.name} the same however its bytes arrive`,
      run: async () => {
        const whole = await write(one, Number.POSITIVE_INFINITY);
        for (const pieceByteLength of [1, 7, 64]) assert.deepEqual(await write(one, pieceByteLength), whole, `in pieces of ${pieceByteLength}`);
      },
    })),
    ...cases.map((one) => ({ name: `lets go of ${one.name} when its reader goes away`, run: () => letsGo(exporter, mediaType, one) })),
    ...refused.map((one) => ({ name: `refuses ${one.name} before it is read`, run: async () => refuses(exporter, mediaType, one) })),
  ];
}

function sourceOf({ dtype, shape, data }: ExporterCase, pieceByteLength: number, onState: (isOpen: boolean) => void = () => {}): ArraySource {
  const bytes = new Uint8Array(Buffer.from(data, 'base64'));
  return { dataType: parseDescr(dtype), shape, bytes: inPieces(bytes, Math.min(pieceByteLength, Math.max(bytes.byteLength, 1)), onState) };
}

async function* inPieces(bytes: Uint8Array, byteLength: number, onState: (isOpen: boolean) => void): AsyncGenerator<Uint8Array> {
  onState(true);
  try {
    for (let start = 0; start < bytes.byteLength; start += byteLength) yield bytes.subarray(start, start + byteLength);
  } finally {
    onState(false);
  }
}

async function letsGo(exporter: ArrayExporter, mediaType: string, one: ExporterCase): Promise<void> {
  let isOpen = false;
  const source = sourceOf(one, 1, (state) => { isOpen = state; });
  for await (const _piece of exporter.export(source, { mediaType })) break;
  assert.ok(!isOpen, 'the source was left open');
}

function refuses(exporter: ArrayExporter, mediaType: string, { dtype, shape }: Pick<ExporterCase, 'dtype' | 'shape'>): void {
  let isRead = false;
  const bytes = (async function* (): AsyncGenerator<Uint8Array> { isRead = true; yield new Uint8Array(); })();
  assert.throws(
    () => exporter.export({ dataType: parseDescr(dtype), shape, bytes }, { mediaType }),
    (error) => isTesseraError(error, 'not_acceptable') || isTesseraError(error, 'too_large'),
    'export() itself has to throw a TesseraError not_acceptable or too_large',
  );
  assert.ok(!isRead, 'the data were read first');
}
