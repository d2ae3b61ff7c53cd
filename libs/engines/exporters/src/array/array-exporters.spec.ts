import fc from 'fast-check';
import sharp from 'sharp';
import { parseDescr, parseScalarType, structType, type DataType } from '@tessera/domain';
import { resolveArrayExporter } from '../registry.ts';
import { percentiles } from './picture/percentiles.ts';


/** Bytes cut into pieces of any length, also inside elements. */
async function* inPieces(bytes: Uint8Array, pieceByteLength: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += pieceByteLength) yield bytes.slice(start, start + pieceByteLength);
}

async function exported(mediaType: string, dataType: DataType, shape: readonly number[], bytes: Uint8Array, pieceByteLength = 7): Promise<Buffer> {
  const exporter = await resolveArrayExporter(mediaType);
  const pieces: Uint8Array[] = [];
  for await (const piece of exporter.export({ dataType, shape, bytes: inPieces(bytes, pieceByteLength) }, { mediaType })) pieces.push(piece);
  return Buffer.concat(pieces);
}

const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const json = async (descr: string, shape: readonly number[], array: ArrayBufferView) =>
  (await exported('application/json', parseScalarType(descr), shape, bytesOf(array))).toString();
const csv = async (descr: string, shape: readonly number[], array: ArrayBufferView) =>
  (await exported('text/csv', parseScalarType(descr), shape, bytesOf(array))).toString();

/** UCS-4 little endian, NUL padded to `length` characters. */
function characters(texts: readonly string[], length: number): Uint32Array {
  return Uint32Array.from(texts.flatMap((text) => Array.from({ length }, (_, index) => [...text][index]?.codePointAt(0) ?? 0)));
}

describe('octet-stream', () => {
  it('hands the bytes on', async () => {
    const bytes = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...(await exported('application/octet-stream', parseScalarType('|u1'), [9], bytes))]).toEqual([...bytes]);
  });
});

describe('registry', () => {
  it('refuses a media type that arrays do not leave in', async () => {
    await expect(resolveArrayExporter('application/x-hdf5')).rejects.toMatchObject({ code: 'not_acceptable' });
  });
  it('ignores parameters of a media type', async () => {
    await expect(resolveArrayExporter('text/csv;header=absent')).resolves.toBeDefined();
  });
});

describe('json', () => {
  it('nests lists as the axes do', async () => {
    expect(await json('|u1', [2, 3], Uint8Array.of(0, 1, 2, 32, 33, 34))).toBe('[[0,1,2],[32,33,34]]');
    expect(await json('|u1', [2, 1, 2], Uint8Array.of(1, 2, 3, 4))).toBe('[[[1,2]],[[3,4]]]');
  });
  it('is a number for a 0-d array', async () => {
    expect(await json('<f8', [], Float64Array.of(3.14))).toBe('3.14');
  });
  it('writes empty axes', async () => {
    expect(await json('<f8', [0], new Float64Array())).toBe('[]');
    expect(await json('<f8', [2, 0], new Float64Array())).toBe('[[],[]]');
    expect(await json('<f8', [0, 3], new Float64Array())).toBe('[]');
  });
  it('has null for what JSON has no number for', async () => {
    expect(await json('<f8', [4], Float64Array.of(1.5, NaN, Infinity, -Infinity))).toBe('[1.5,null,null,null]');
  });
  it('keeps every digit of 64-bit integers', async () => {
    expect(await json('<i8', [2], BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n))).toBe('[-9223372036854775808,9223372036854775807]');
    expect(await json('<u8', [1], BigUint64Array.of(2n ** 64n - 1n))).toBe('[18446744073709551615]');
  });
  it('reads big-endian numbers', async () => {
    expect(await json('>i4', [2], Uint8Array.of(0, 0, 1, 0, 255, 255, 255, 254))).toBe('[256,-2]');
  });
  it('writes float32 and float16 with their own digits', async () => {
    expect(await json('<f4', [2], Float32Array.of(0.1, 3))).toBe('[0.1,3.0]');
    expect(await json('<f2', [3], Uint16Array.of(0x3e00, 0x2e66, 0x7c00))).toBe('[1.5,0.1,null]');
  });
  it('writes booleans, complex numbers, times', async () => {
    expect(await json('|b1', [2], Uint8Array.of(1, 0))).toBe('[true,false]');
    expect(await json('<c16', [1], Float64Array.of(1, NaN))).toBe('[[1.0,null]]');
    expect(await json('<M8[D]', [1], BigInt64Array.of(18262n))).toBe('["2020-01-01T00:00:00"]');
    expect(await json('<M8[ns]', [3], BigInt64Array.of(1577836800000000000n, 1577836800000000001n, -(2n ** 63n)))).toBe('["2020-01-01T00:00:00","2020-01-01T00:00:00.000000001",null]');
    expect(await json('<M8[10ms]', [1], BigInt64Array.of(157783680005n))).toBe('["2020-01-01T00:00:00.050000"]');
    expect(await json('<m8[s]', [2], BigInt64Array.of(5n, -(2n ** 63n)))).toBe('[5,null]');
  });
  it('writes text as strings and bytes as data URIs', async () => {
    expect(await json('<U3', [2], characters(['ab', 'cdé'], 3))).toBe('["ab","cdé"]');
    expect(await json('<U2', [1], Uint32Array.of(0x110000, 0x22))).toBe('["\ufffd\\""]');
    expect(await json('|S3', [2], Uint8Array.of(97, 98, 0, 99, 100, 101))).toBe('["data:application/octet-stream;base64,YWI=","data:application/octet-stream;base64,Y2Rl"]');
    expect(await json('|V2', [1], Uint8Array.of(97, 98))).toBe('["data:application/octet-stream;base64,YWI="]');
  });
  it('writes structs and their sub-arrays as lists', async () => {
    const type = parseDescr([['a', '<i4'], ['b', '<f8', [2]], ['c', [['d', '|b1']]]]);
    const bytes = new Uint8Array(21);
    const view = new DataView(bytes.buffer);
    view.setInt32(0, 1, true);
    view.setFloat64(4, 1, true);
    view.setFloat64(12, 2.5, true);
    view.setUint8(20, 1);
    expect((await exported('application/json', type, [1], bytes)).toString()).toBe('[[1,[1.0,2.5],[true]]]');
  });
  it('writes elements without bytes as empty strings', async () => {
    expect(await json('<U0', [2, 2], new Uint8Array())).toBe('[["",""],["",""]]');
    expect((await exported('text/csv', structType([]), [2], new Uint8Array())).toString()).toBe("b''\nb''\n");
  });
  it('refuses arrays that are nothing but very many empty rows', async () => {
    await expect(json('<f8', [2 ** 40, 0], new Float64Array())).rejects.toMatchObject({ code: 'too_large' });
    await expect(csv('<f8', [2 ** 40, 0], new Float64Array())).rejects.toMatchObject({ code: 'too_large' });
  });
  it('reads back as what went in, whatever the shape and the pieces', async () => {
    await fc.assert(fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }), fc.integer({ min: 1, max: 40 }),
      async (shape, pieceByteLength) => {
        const values = Int16Array.from({ length: shape.reduce((product, length) => product * length, 1) }, (_, index) => index - 7);
        const text = await exported('application/json', parseScalarType('<i2'), shape, bytesOf(values), pieceByteLength);
        let ordinal = 0;
        const nested = (axes: readonly number[]): unknown => (axes.length === 0 ? values[ordinal++] : Array.from({ length: axes[0]! }, () => nested(axes.slice(1))));
        expect(JSON.parse(text.toString())).toEqual(nested(shape));
      },
    ));
  });
  it('writes floats that read back as the same bits', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }), async (values) => {
      expect(JSON.parse(await json('<f8', [values.length], Float64Array.from(values)))).toEqual(values);
    }));
    await fc.assert(fc.asyncProperty(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }), async (values) => {
      expect((JSON.parse(await json('<f4', [values.length], Float32Array.from(values))) as number[]).map(Math.fround)).toEqual(values);
    }));
  });
  it('writes every float16 so that it reads back', async () => {
    const finite = Uint16Array.from({ length: 65536 }, (_, bits) => bits).filter((bits) => (bits & 0x7c00) !== 0x7c00);
    const texts = JSON.parse(await json('<f2', [finite.length], finite)) as number[];
    const values = finite.length;
    const exact = new Float64Array(values);
    finite.forEach((bits, index) => {
      const exponent = (bits >> 10) & 31;
      const size = exponent === 0 ? (bits & 1023) * 2 ** -24 : (1024 + (bits & 1023)) * 2 ** (exponent - 25);
      exact[index] = bits & 0x8000 ? -size : size;
    });
    // Half the distance to the next float16: within it, the text can mean no other.
    expect(texts.every((value, index) => Math.abs(value - exact[index]!) <= 2 ** (Math.max(Math.floor(Math.log2(Math.abs(exact[index]!))), -14) - 11))).toBe(true);
  });
});

describe('csv', () => {
  it('writes a line a row', async () => {
    expect(await csv('|u1', [2, 3], Uint8Array.of(0, 1, 2, 32, 33, 34))).toBe('0,1,2\n32,33,34\n');
  });
  it('writes a line a value of a 1-d array, and one line for a 0-d one', async () => {
    expect(await csv('<f8', [3], Float64Array.of(1.5, NaN, Infinity))).toBe('1.5\nnan\ninf\n');
    expect(await csv('<f8', [], Float64Array.of(3.14))).toBe('3.14\n');
    expect(await csv('<f8', [0], new Float64Array())).toBe('');
  });
  it('prints values as Python does', async () => {
    expect(await csv('<f8', [8], Float64Array.of(1, 1e16, 1e15, 1e-4, 1e-5, 1e22, -0, 1.5e-7))).toBe('1.0\n1e+16\n1000000000000000.0\n0.0001\n1e-05\n1e+22\n-0.0\n1.5e-07\n');
    expect(await csv('|b1', [2], Uint8Array.of(1, 0))).toBe('True\nFalse\n');
    expect(await csv('<c16', [4], Float64Array.of(1, 2, 0, 2, -0, 2, Infinity, -1))).toBe('(1+2j)\n2j\n(-0+2j)\n(inf-1j)\n');
    expect(await csv('|S5', [1], Uint8Array.of(97, 39, 98, 255, 10))).toBe('"b""a\'b\\xff\\n"""\n');
    expect(await csv('|V2', [1], Uint8Array.of(97, 0))).toBe("b'\\x61\\x00'\n");
    expect(await csv('<U3', [2], characters(['ab', 'a,b'], 3))).toBe('ab\n"a,b"\n');
  });
  it('prints times in their unit', async () => {
    const five = BigInt64Array.of(5n, -5n);
    const expected: Record<string, string> = {
      Y: '1975\n1965\n', M: '1970-06\n1969-08\n', W: '1970-02-05\n1969-11-27\n', D: '1970-01-06\n1969-12-27\n',
      h: '1970-01-01T05\n1969-12-31T19\n', m: '1970-01-01T00:05\n1969-12-31T23:55\n', s: '1970-01-01T00:00:05\n1969-12-31T23:59:55\n',
      ms: '1970-01-01T00:00:00.005\n1969-12-31T23:59:59.995\n', ns: '1970-01-01T00:00:00.000000005\n1969-12-31T23:59:59.999999995\n',
      as: '1970-01-01T00:00:00.000000000000000005\n1969-12-31T23:59:59.999999999999999995\n',
      '10ms': '1970-01-01T00:00:00.050\n1969-12-31T23:59:59.950\n', '3D': '1970-01-16\n1969-12-17\n',
    };
    for (const [unit, text] of Object.entries(expected)) expect(await csv(`<M8[${unit}]`, [2], five)).toBe(text);
    expect(await csv('<M8[Y]', [2], BigInt64Array.of(-3000n, 20000n))).toBe('-1030\n21970\n');
    expect(await csv('<M8[D]', [1], BigInt64Array.of(-915000n))).toBe('-536-10-25\n');
    expect(await csv('<m8[10ms]', [2], BigInt64Array.of(5n, -(2n ** 63n)))).toBe('50 milliseconds\nNaT\n');
    expect(await csv('<m8', [1], BigInt64Array.of(5n))).toBe('5 generic time units\n');
  });
  it('agrees with the calendar of JavaScript', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: -62_000_000_000_000, max: 250_000_000_000_000 }), async (milliseconds) => {
      const text = await csv('<M8[ms]', [1], BigInt64Array.of(BigInt(milliseconds)));
      expect(`${text.trim()}Z`).toBe(new Date(milliseconds).toISOString());
      const monthsSinceEpoch = (new Date(milliseconds).getUTCFullYear() - 1970) * 12 + new Date(milliseconds).getUTCMonth();
      expect((await csv('<M8[M]', [1], BigInt64Array.of(BigInt(monthsSinceEpoch)))).trim()).toBe(new Date(milliseconds).toISOString().slice(0, 7));
    }));
  });
  it('separates the fields of structs', async () => {
    const type = parseDescr([['a', '<i4'], ['c', '<U1']]);
    expect((await exported('text/csv', type, [1], Uint8Array.of(1, 0, 0, 0, 120, 0, 0, 0))).toString()).toBe('1,x\n');
  });
  it('refuses more than two axes', async () => {
    await expect(csv('|u1', [4, 5, 3], new Uint8Array(60))).rejects.toMatchObject({
      code: 'not_acceptable',
      message: 'The shape of this data (4, 5, 3) is incompatible with the requested format (text/csv). Slice it or choose a different format.',
    });
  });
  it('hands long texts on in pieces', async () => {
    const exporter = await resolveArrayExporter('text/csv');
    const bytes = new Uint8Array(400_000);
    const lengths: number[] = [];
    for await (const piece of exporter.export({ dataType: parseScalarType('|u1'), shape: [400_000], bytes: inPieces(bytes, 100_000) }, { mediaType: 'text/csv' })) lengths.push(piece.byteLength);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(800_000);
    expect(Math.max(...lengths)).toBeLessThan(100_000);
  });
});

describe('png', () => {
  const pixels = async (descr: string, shape: readonly number[], array: ArrayBufferView) => {
    const png = await exported('image/png', parseScalarType(descr), shape, bytesOf(array), 1000);
    const { width, height, channels } = await sharp(png).metadata();
    const data = await sharp(png).toColourspace(channels === 1 ? 'b-w' : 'srgb').raw().toBuffer();
    return { data: [...data], width, height, channels };
  };
  it('stretches grey values between the 1st and 99th percentile', async () => {
    const values = Uint16Array.from({ length: 20 }, (_, index) => index * 1000);
    // Percentiles of 0, 1000 … 19000: 190 and 18810.
    const expected = [...values].map((value) => Math.round(Math.min(Math.max((value - 190) / (18810 - 190), 0), 1) * 255));
    expect(await pixels('<u2', [4, 5], values)).toEqual({ data: expected, width: 5, height: 4, channels: 1 });
  });
  it('makes one row of fewer axes', async () => {
    expect(await pixels('<f8', [3], Float64Array.of(1.5, NaN, Infinity))).toEqual({ data: [0, 0, 0], width: 3, height: 1, channels: 1 });
    expect(await pixels('<f8', [], Float64Array.of(3.14))).toMatchObject({ width: 1, height: 1 });
  });
  it('makes colours of a last axis of 3 or 4', async () => {
    expect(await pixels('|u1', [1, 2, 3], Uint8Array.of(0, 255, 0, 255, 0, 255))).toEqual({ data: [0, 255, 0, 255, 0, 255], width: 2, height: 1, channels: 3 });
    expect(await pixels('|u1', [1, 1, 4], Uint8Array.of(0, 255, 0, 255))).toEqual({ data: [0, 255, 0, 255], width: 1, height: 1, channels: 4 });
  });
  it('leaves NaN out of the percentiles', async () => {
    expect((await pixels('>f4', [1, 3], Uint8Array.of(0x7f, 0xc0, 0, 0, 0, 0, 0, 0, 0x3f, 0x80, 0, 0))).data).toEqual([0, 0, 255]);
  });
  it('refuses what is no image', async () => {
    for (const [descr, shape] of [['|u1', [3, 4, 5]], ['|u1', [1, 1, 1, 1]], ['<U1', [2]], ['<f8', [0]]] as const) {
      await expect(pixels(descr, shape, new Uint8Array())).rejects.toMatchObject({ code: 'not_acceptable' });
    }
  });
  it('refuses images beyond its bounds before it reads', async () => {
    let read = false;
    const exporter = await resolveArrayExporter('image/png');
    const bytes = (async function* () { read = true; yield new Uint8Array(1); })();
    expect(() => exporter.export({ dataType: parseScalarType('|u1'), shape: [10_000, 10_000], bytes }, { mediaType: 'image/png' })).toThrow(/slice/);
    expect(read).toBe(false);
  });
  it('takes levels, scales and colours as they are asked for', async () => {
    const shown = async (parameters: string, descr: string, values: ArrayBufferView, length = 4) => {
      const png = await exported(`image/png;${parameters}`, parseScalarType(descr), [1, length], bytesOf(values), 1000);
      return [...(await sharp(png).toColourspace('srgb').raw().toBuffer())];
    };
    const grey = async (...given: Parameters<typeof shown>) => (await shown(...given)).filter((_, index) => index % 3 === 0);
    // What lies in the middle between two levels may become either.
    const near = (levels: readonly number[]) => levels.map((level) => expect.closeTo(level, -0.31) as number);
    expect(await grey('levels=0:100', '<f8', Float64Array.of(-5, 60, 100, 200))).toEqual(near([0, 153, 255, 255]));
    expect(await grey('levels=min,max', '<i2', Int16Array.of(-100, -50, 0, 100))).toEqual(near([0, 64, 128, 255]));
    expect(await grey('levels=10,p100', '|u1', Uint8Array.of(0, 10, 110, 210))).toEqual(near([0, 0, 128, 255]));
    expect(await grey('levels=min,max;scale=sqrt', '<u4', Uint32Array.of(0, 25, 64, 100))).toEqual(near([0, 128, 204, 255]));
    expect(await grey('levels=min,max;scale=log', '<f4', Float32Array.of(-1, 1, 10, 100))).toEqual(near([0, 0, 128, 255]));
    expect(await grey('levels=min,max;scale=log', '<u2', Uint16Array.of(0, 1, 10, 100))).toEqual(near([0, 0, 128, 255]));
    expect(await grey('levels=5,5.5', '<f8', Float64Array.of(NaN, 5, 5.25, Infinity))).toEqual(near([0, 0, 128, 255]));
    expect(await grey('colormap=gray_r;levels=0,255', '|u1', Uint8Array.of(0, 1, 254, 255))).toEqual([255, 254, 1, 0]);
    const ends = await shown('colormap=viridis;levels=0,1', '|b1', Uint8Array.of(0, 1), 2);
    expect(ends).toEqual([0x44, 0x01, 0x54, 0xfd, 0xe7, 0x25]);
  });
  it('fits into a box, and keeps pixels square when it grows', async () => {
    const size = async (parameters: string, shape: readonly number[]) => {
      const png = await exported(`image/png;${parameters}`, parseScalarType('|u1'), shape, new Uint8Array(shape.reduce((a, b) => a * b, 1)).map((_, index) => index % 251), 4096);
      const { width, height, channels } = await sharp(png).metadata();
      return [width, height, channels];
    };
    expect(await size('size=10', [20, 40])).toEqual([10, 5, 1]);
    expect(await size('size=100x60', [20, 40])).toEqual([100, 50, 1]);
    expect(await size('size=8;colormap=turbo', [16, 16])).toEqual([8, 8, 3]);
    expect(await size('size=5', [10, 10, 3])).toEqual([5, 5, 3]);
    const grown = await exported('image/png;size=4;levels=0,255', parseScalarType('|u1'), [1, 2], Uint8Array.of(0, 255));
    expect([...(await sharp(grown).toColourspace('b-w').raw().toBuffer())]).toEqual([0, 0, 255, 255, 0, 0, 255, 255]);
  });
  it('refuses parameters that make no sense', async () => {
    for (const parameters of ['levels=1', 'levels=2,1', 'levels=p99,p1', 'levels=a,b', 'levels=1,2,3', 'colormap=jetty', 'scale=cubic', 'size=0', 'size=9000', 'size=axb', 'quality=0', 'quality=101', 'levels=p101,5']) {
      await expect(exported(`image/png;${parameters}`, parseScalarType('|u1'), [1, 1], Uint8Array.of(0))).rejects.toMatchObject({ code: 'unprocessable', details: { parameter: parameters.split('=')[0] } });
    }
  });
  it('keeps every level of every kind of image, whatever filter is chosen', async () => {
    await fc.assert(fc.asyncProperty(
      fc.constantFrom([1], [3], [4]), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), fc.constantFrom('flat', 'smooth', 'noise'), fc.integer(),
      async (colors, height, width, kind, seed) => {
        const shape = colors[0] === 1 ? [height, width] : [height, width, ...colors];
        let state = seed;
        const bytes = new Uint8Array(shape.reduce((a, b) => a * b, 1)).map((_, index) => {
          state = (Math.imul(state, 1103515245) + 12345) | 0;
          return kind === 'flat' ? 7 : kind === 'smooth' ? index / 3 : state >>> 24;
        });
        const png = await exported('image/png;levels=0,255', parseScalarType('|u1'), shape, bytes, 4096);
        expect([...(await sharp(png).toColourspace(colors[0] === 1 ? 'b-w' : 'srgb').raw().toBuffer())]).toEqual([...bytes]);
      },
    ), { numRuns: 60 });
  });
  it('makes the same of the same when many are made at once, in memory that was used before', async () => {
    const make = (size: number, seed: number) => exported('image/png', parseScalarType('<f4'), [size, size], bytesOf(Float32Array.from({ length: size * size }, (_, index) => Math.sin(index * seed))), 100_000);
    const alone = await Promise.all([make(64, 1), make(300, 2), make(520, 3)]);
    const together = await Promise.all([64, 300, 520, 64, 300, 520].map((size, index) => make(size, (index % 3) + 1)));
    together.forEach((png, index) => expect(png.equals(alone[index % 3]!)).toBe(true));
  });
  it('stops its compressor when its reader leaves', async () => {
    const exporter = await resolveArrayExporter('image/png');
    const bytes = new Uint8Array(2 ** 22).map((_, index) => Math.imul(index, 2654435761) >>> 24);
    const pieces = exporter.export({ dataType: parseScalarType('|u1'), shape: [2048, 2048], bytes: inPieces(bytes, 2 ** 20) }, { mediaType: 'image/png' });
    for await (const piece of pieces) if (piece.byteLength > 100) break;
  });
  it('finds the percentiles that sorting finds', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 50 }), fc.double({ min: 0, max: 100, noNaN: true }), async (values, percent) => {
      const sorted = values.map((value) => value + 0).sort((a, b) => a - b);
      const position = (percent / 100) * (sorted.length - 1);
      const below = sorted[Math.floor(position)]!;
      const above = sorted[Math.ceil(position)]!;
      const [found] = await percentiles({ kind: 'floats', values: Float32Array.from(values) }, [percent]);
      expect(found! + 0).toBe(below + (above - below) * (position - Math.floor(position)) + 0);
    }));
  });
});

describe('jpeg', () => {
  it('shows grey, mapped and coloured images', async () => {
    const ramp = new Uint8Array(64 * 64).map((_, index) => index / 16);
    const picture = async (parameters: string, shape: readonly number[], bytes: Uint8Array) => {
      const jpeg = await exported(`image/jpeg;${parameters}`, parseScalarType('|u1'), shape, bytes, 4096);
      const { format, width, height } = await sharp(jpeg).metadata();
      return { format, width, height, pixels: await sharp(jpeg).toColourspace('srgb').raw().toBuffer(), byteLength: jpeg.byteLength };
    };
    const grey = await picture('levels=0,255;quality=95', [64, 64], ramp);
    expect(grey).toMatchObject({ format: 'jpeg', width: 64, height: 64 });
    ramp.forEach((level, index) => expect(Math.abs(grey.pixels[index * 3]! - level)).toBeLessThan(8));
    const mapped = await picture('levels=0,255;colormap=viridis;quality=95', [64, 64], ramp);
    expect([...mapped.pixels.subarray(0, 3)].map((value, index) => Math.abs(value - [0x44, 0x01, 0x54][index]!)).every((difference) => difference < 12)).toBe(true);
    expect((await picture('quality=20', [64, 64], ramp)).byteLength).toBeLessThan(grey.byteLength);
    const clear = await picture('levels=0,255', [8, 8, 4], new Uint8Array(256));
    expect(clear.pixels.every((value) => value > 250)).toBe(true);
  });
});

describe('npy', () => {
  const header = async (type: DataType, shape: readonly number[]) => {
    const bytes = await exported('application/x-npy', type, shape, new Uint8Array());
    return { version: bytes[6], byteLength: bytes.byteLength, text: bytes.subarray(bytes[6] === 1 ? 10 : 12).toString() };
  };
  it('has a header that ends where elements may be mapped, and the bytes as they are', async () => {
    const bytes = await exported('application/x-npy', parseScalarType('>u2'), [3], Uint8Array.of(0, 1, 0, 2, 0, 3));
    expect(bytes.subarray(0, 10).toString('latin1')).toBe('\x93NUMPY\x01\x00\x76\x00');
    expect(bytes.subarray(10, 128).toString()).toBe("{'descr': '>u2', 'fortran_order': False, 'shape': (3,), }".padEnd(117) + '\n');
    expect([...bytes.subarray(128)]).toEqual([0, 1, 0, 2, 0, 3]);
  });
  it('names the fields of structs', async () => {
    const type = parseDescr([['a\'b', '<i4'], ['c', '<f8', [2]], ['d', [['e', '|b1']]]]);
    expect((await header(type, [])).text.trim()).toBe("{'descr': [('a\\'b', '<i4'), ('c', '<f8', (2,)), ('d', [('e', '|b1')])], 'fortran_order': False, 'shape': (), }");
  });
  it('takes the version that a header needs', async () => {
    expect((await header(parseDescr([['é', '<i4']]), [1])).version).toBe(3);
    const long = await header(parseDescr(Array.from({ length: 5000 }, (_, index) => [`field${index}`, '<i4'] as const)), [1]);
    expect(long.version).toBe(2);
    expect(long.byteLength % 64).toBe(0);
  });
});

describe('tiff', () => {
  const tiff = (descr: string, shape: readonly number[], array: ArrayBufferView) => exported('image/tiff', parseScalarType(descr), shape, bytesOf(array), 5);
  it('has rows and columns in their own type and byte order', async () => {
    const words = await tiff('>u2', [2, 3], Uint8Array.of(0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 1, 0));
    expect(words.subarray(0, 2).toString()).toBe('MM');
    expect([...new Uint16Array((await sharp(words).toColourspace('grey16').raw({ depth: 'ushort' }).toBuffer()).buffer.slice(0, 12))]).toHaveLength(6);
    expect(await sharp(words).metadata()).toMatchObject({ format: 'tiff', width: 3, height: 2, depth: 'ushort' });
    expect(await sharp(await tiff('<f4', [2, 2], Float32Array.of(1, 2, 3, 4))).metadata()).toMatchObject({ width: 2, height: 2, depth: 'float' });
  });
  it('has a page an image, and colours', async () => {
    const pages = await tiff('|u1', [5, 2, 2], new Uint8Array(20).map((_, index) => index));
    expect((await sharp(pages).metadata()).pages).toBe(5);
    expect([...(await sharp(pages, { page: 3 }).toColourspace('b-w').raw().toBuffer())]).toEqual([12, 13, 14, 15]);
    const colors = await tiff('|u1', [2, 1, 2, 4], new Uint8Array(16).map((_, index) => index * 3));
    expect(await sharp(colors).metadata()).toMatchObject({ width: 2, height: 1, channels: 4, pages: 2, hasAlpha: true });
  });
  it('counts bytes with 64 bits where 32 do not reach', async () => {
    const exporter = await resolveArrayExporter('image/tiff');
    const none = (async function* (): AsyncGenerator<Uint8Array> {})();
    const pieces: Uint8Array[] = [];
    for await (const piece of exporter.export({ dataType: parseScalarType('<u2'), shape: [300, 4096, 4096], bytes: none }, { mediaType: 'image/tiff' })) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    expect([bytes.readUInt16LE(2), Number(bytes.readBigUInt64LE(8))]).toEqual([43, 16]);
    let at = 16;
    let pages = 0;
    for (; at !== 0; pages++) {
      const count = Number(bytes.readBigUInt64LE(at));
      const entry = (tag: number) => Array.from({ length: count }, (_, index) => at + 8 + index * 20).find((place) => bytes.readUInt16LE(place) === tag)!;
      expect(Number(bytes.readBigUInt64LE(entry(273) + 12))).toBe(bytes.byteLength + pages * 4096 * 4096 * 2);
      at = Number(bytes.readBigUInt64LE(at + 8 + count * 20));
    }
    expect(pages).toBe(300);
  });
  it('refuses what TIFF has no place for', async () => {
    for (const [descr, shape] of [['<U1', [2, 2]], ['<M8[s]', [2, 2]], ['|u1', [1, 1, 1, 1, 1]], ['|u1', [0, 2]], ['|V4', [2, 2]]] as const) {
      await expect(tiff(descr, shape, new Uint8Array())).rejects.toMatchObject({ code: 'not_acceptable' });
    }
    await expect(tiff('|u1', [2_000_000, 1, 1], new Uint8Array())).rejects.toMatchObject({ code: 'too_large' });
  });
});

describe('html', () => {
  it('shows an image', async () => {
    const page = (await exported('text/html', parseScalarType('|u1'), [2, 2], Uint8Array.of(0, 1, 2, 3))).toString();
    const [, base64] = /^<html><body><img src="data:image\/png;base64,([^"]+)"\/><\/body><\/html>$/.exec(page)!;
    expect((await sharp(Buffer.from(base64!, 'base64')).metadata()).width).toBe(2);
  });
  it('shows values that are no image as text, and no markup of theirs', async () => {
    expect((await exported('text/html', parseScalarType('<U3'), [1], bytesOf(characters(['<b>'], 3)))).toString()).toContain('&lt;b&gt;\n</pre>');
  });
});
