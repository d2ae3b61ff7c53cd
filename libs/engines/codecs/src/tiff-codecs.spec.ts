// Codecs of TIFF files, PNG and JPEG. That they decode what libtiff, tifffile and Pillow wrote is tested with whole
// files in conformance/formats; here are the corners, and what damage does.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { isTesseraError, parseScalarType, type CodecSpec, type DataType } from '@tessera/domain';
import { createPipeline } from './pipeline.ts';

const u1 = parseScalarType('|u1');

async function decode(specs: CodecSpec[], shape: number[], dataType: DataType, bytes: Uint8Array): Promise<Uint8Array> {
  return (await createPipeline(specs, { shape, dataType })).decode(bytes);
}

async function isRefused(run: Promise<unknown>): Promise<boolean> {
  return run.then(() => false, (error: unknown) => isTesseraError(error, 'gone'));
}

/** Codes of 9 to 12 bits as TIFF's LZW has them, from a plain encoder. */
function encodeLzw(bytes: Uint8Array, hasEnd: boolean): Uint8Array {
  const bits: number[] = [];
  let table = new Map<string, number>();
  let next = 258;
  let width = 9;
  const write = (code: number) => { for (let bit = width - 1; bit >= 0; bit--) bits.push((code >> bit) & 1); };
  const codeOf = (text: string) => (text.length === 1 ? text.charCodeAt(0) : table.get(text)!);
  write(256);
  let current = '';
  for (const byte of bytes) {
    const longer = current + String.fromCharCode(byte);
    if (longer.length === 1 || table.has(longer)) {
      current = longer;
      continue;
    }
    write(codeOf(current));
    table.set(longer, next++);
    if (next === (1 << width) && width < 12) width++;
    if (next === 4094) {
      write(256);
      table = new Map();
      next = 258;
      width = 9;
    }
    current = String.fromCharCode(byte);
  }
  if (current !== '') write(codeOf(current));
  // The reader adds a string for the last code as well before it looks at the next.
  if (next + 1 === (1 << width) && width < 12) width++;
  if (hasEnd) write(257);
  const result = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, index) => { result[index >> 3]! |= bit << (7 - (index & 7)); });
  return result;
}

describe('tiff_lzw', () => {
  const lzw: CodecSpec[] = [{ name: 'bytes' }, { name: 'tiff_lzw' }];

  it('decodes the example of the specification', async () => {
    // TIFF 6.0, section 13: 7 7 7 8 8 7 7 6 6 is 256 7 258 8 8 258 6 6 257 in codes of 9 bits.
    const bits = [256, 7, 258, 8, 8, 258, 6, 6, 257].map((code) => code.toString(2).padStart(9, '0')).join('').padEnd(88, '0');
    const encoded = Uint8Array.from(bits.match(/.{8}/g)!, (byte) => parseInt(byte, 2));
    expect([...(await decode(lzw, [9], u1, encoded))]).toEqual([7, 7, 7, 8, 8, 7, 7, 6, 6]);
  });

  it('decodes what was encoded, with codes of all widths and full tables', async () => {
    const few = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3000 }).map((list) => Uint8Array.from(list));
    const noise = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 9000 })).map(([seed, length]) => Uint8Array.from({ length }, (_, index) => (Math.imul(index + seed, 2654435761) >>> 13) & 255));
    await fc.assert(fc.asyncProperty(fc.oneof(few, noise), fc.boolean(), async (bytes, hasEnd) => {
      expect(Buffer.from(await decode(lzw, [bytes.byteLength], u1, encodeLzw(bytes, hasEnd))).equals(bytes)).toBe(true);
    }), { numRuns: 60 });
  });

  it.each([
    ['nothing', []],
    ['a code that stands for nothing', [0x80, 0x40, 0xff, 0xff]],
    ['bits in the order of old writers', [0x00, 0x01, 0x02, 0x03]],
    ['too little', [0x80, 0x01, 0x01]],
  ])('refuses %s', async (_what, bytes) => {
    expect(await isRefused(decode(lzw, [9], u1, Uint8Array.from(bytes)))).toBe(true);
  });

  it('refuses a length that the data cannot have', async () => {
    expect(await isRefused(decode(lzw, [2 ** 30], u1, Uint8Array.of(0x80, 0x01)))).toBe(true);
  });
});

describe('tiff_packbits', () => {
  const packBits: CodecSpec[] = [{ name: 'bytes' }, { name: 'tiff_packbits' }];

  it('decodes the example of its description', async () => {
    const encoded = Buffer.from('FE AA 02 80 00 2A FD AA 03 80 00 2A 22 F7 AA'.replaceAll(' ', ''), 'hex');
    const decoded = Buffer.from('AA AA AA 80 00 2A AA AA AA AA 80 00 2A 22 AA AA AA AA AA AA AA AA AA AA'.replaceAll(' ', ''), 'hex');
    expect(Buffer.from(await decode(packBits, [24], u1, encoded)).equals(decoded)).toBe(true);
  });

  it.each(['', '05aa', 'fe', '8080', 'feaa'])('refuses damage (%s)', async (hex) => {
    expect(await isRefused(decode(packBits, [9], u1, Buffer.from(hex, 'hex')))).toBe(true);
  });
});

describe('packed_integers', () => {
  const packed = (bits: number, rowLength: number): CodecSpec[] => [{ name: 'packed_integers', configuration: { bits, rowLength } }];

  it('unpacks any number of bits, rows at whole bytes', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 31 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 4 }), fc.nat(), async (bits, rowLength, rows, seed) => {
      const values = Array.from({ length: rowLength * rows }, (_, index) => (Math.imul(index + seed + 1, 2654435761) >>> 0) % 2 ** bits);
      const texts = Array.from({ length: rows }, (_, row) => {
        const text = values.slice(row * rowLength, (row + 1) * rowLength).map((value) => value.toString(2).padStart(bits, '0')).join('');
        return text.padEnd(Math.ceil(text.length / 8) * 8, '1');
      });
      const encoded = Uint8Array.from(texts.join('').match(/.{8}/g)!, (byte) => parseInt(byte, 2));
      const bytes = await decode(packed(bits, rowLength), [rows, rowLength], parseScalarType('<u4'), encoded);
      expect([...new Uint32Array(new Uint8Array(bytes).buffer)]).toEqual(values);
    }), { numRuns: 100 });
  });

  it('refuses what is cut off, and is not resolved where it does not fit', async () => {
    expect(await isRefused(decode(packed(12, 3), [3], parseScalarType('<u2'), new Uint8Array(4)))).toBe(true);
    for (const [bits, rowLength] of [[0, 3], [32, 3], [12, 2], [12, 0]]) {
      await expect(decode(packed(bits!, rowLength!), [3], parseScalarType('<u2'), new Uint8Array(9))).rejects.toMatchObject({ code: 'invalid_argument' });
    }
    await expect(decode(packed(12, 3), [3], u1, new Uint8Array(9))).rejects.toMatchObject({ code: 'invalid_argument' });
  });
});

describe('predictors', () => {
  it.each(['<u2', '<i4', '<u8', '|u1'])('tiff_predictor decodes what it encoded (%s)', async (type) => {
    const dataType = parseScalarType(type);
    const specs: CodecSpec[] = [{ name: 'tiff_predictor', configuration: { width: 4, samples: 3 } }, { name: 'bytes' }];
    const pipeline = await createPipeline(specs, { shape: [2, 4, 3], dataType });
    await fc.assert(fc.asyncProperty(fc.uint8Array({ minLength: pipeline.byteLength, maxLength: pipeline.byteLength }), async (bytes) => {
      expect(Buffer.from(await pipeline.decode(await pipeline.encode(bytes))).equals(bytes)).toBe(true);
    }), { numRuns: 30 });
  });

  it('refuse chunks of another length, and rows that do not fit', async () => {
    for (const name of ['tiff_predictor', 'tiff_float_predictor']) {
      const bytes = name === 'tiff_predictor' ? [{ name: 'bytes' }] : [];
      const specs = (width: number): CodecSpec[] => [{ name, configuration: { width, samples: 1 } }, ...bytes];
      expect(await isRefused(decode(specs(4), [2, 4], parseScalarType('<f4'), new Uint8Array(31)))).toBe(true);
      await expect(decode(specs(3), [2, 4], parseScalarType('<f4'), new Uint8Array(32))).rejects.toMatchObject({ code: 'invalid_argument' });
      await expect(decode(specs(4), [2, 4], parseScalarType('>f4'), new Uint8Array(32))).rejects.toMatchObject({ code: 'invalid_argument' });
    }
  });
});

describe.each([['png', 'rgb.png'], ['jpeg', 'rgb.jpg']])('a damaged %s image', (codec, file) => {
  const whole = new Uint8Array(readFileSync(new URL(`../../../../fixtures/image/${file}`, import.meta.url)));
  const specs: CodecSpec[] = [{ name: codec, configuration: { width: 23, samples: 3 } }];

  it('is refused or decoded to the right length, whatever its bytes', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }), fc.option(fc.nat()), async (changes, cut) => {
      let bytes = whole.slice();
      for (const [at, value] of changes) bytes[at % bytes.byteLength] = value;
      if (cut !== null) bytes = bytes.slice(0, cut % (bytes.byteLength + 1));
      try {
        expect((await decode(specs, [19, 23, 3], u1, bytes)).byteLength).toBe(19 * 23 * 3);
      } catch (error) {
        expect((error as { code?: string }).code).toBe('gone');
      }
    }), { numRuns: 150 });
  });

  it('is refused if it has another size than its chunk, before it is decoded', async () => {
    expect(await isRefused(decode(specs, [10, 23, 3], u1, whole))).toBe(true);
    await expect(decode(codec === 'png' ? specs : [{ name: 'jpeg', configuration: { width: 5, samples: 3 } }], [5, 5, 3], u1, whole)).rejects.toMatchObject({ code: 'gone' });
  });
});
