import { TesseraError } from '@tessera/domain';

/** What a JPEG image says of itself in its frame header (ITU-T T.81, B.2.2). */
export interface JpegFrame {
  readonly precision: number;
  readonly height: number;
  readonly width: number;
  readonly components: number;
  readonly isJfif: boolean;
}

/** A marker segment: where it begins with 0xFF, and where the next one does. */
interface Segment {
  readonly marker: number;
  readonly start: number;
  readonly end: number;
}

const startOfImage = 0xd8;
const endOfImage = 0xd9;
const startOfScan = 0xda;

/** The marker segments before the first scan, which comes last. @throws TesseraError gone if there is something else. */
function* segments(bytes: Uint8Array): Generator<Segment> {
  if (bytes[0] !== 0xff || bytes[1] !== startOfImage) throw damaged('it does not begin as a JPEG image');
  for (let at = 2; at + 1 < bytes.byteLength;) {
    if (bytes[at] !== 0xff) throw damaged('a marker is missing');
    const marker = bytes[at + 1]!;
    // Any number of fill bytes may come before a marker.
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === endOfImage) return;
    const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    if (length < 2) throw damaged('a marker segment has no length');
    yield { marker, start: at, end: Math.min(at + 2 + length, bytes.byteLength) };
    if (marker === startOfScan) return;
    at += 2 + length;
  }
}

/** @throws TesseraError gone if there is no frame header before the first scan. */
export function jpegFrame(bytes: Uint8Array): JpegFrame {
  let isJfif = false;
  for (const { marker, start, end } of segments(bytes)) {
    if (marker === 0xe0 && String.fromCharCode(...bytes.subarray(start + 4, start + 8)) === 'JFIF') isJfif = true;
    // SOF0 to SOF15, without DHT, JPG and DAC.
    if (marker < 0xc0 || marker > 0xcf || marker === 0xc4 || marker === 0xc8 || marker === 0xcc) continue;
    if (end - start < 10) break;
    const view = new DataView(bytes.buffer, bytes.byteOffset + start);
    return { precision: view.getUint8(4), height: view.getUint16(5), width: view.getUint16(7), components: view.getUint8(9), isJfif };
  }
  throw damaged('it has no frame header');
}

/**
 * A whole JPEG image of what TIFF stores apart: the tables that strips or tiles have in common, and one of them
 * (TIFF technical note 2). Where `transform` is given, three components are YCbCr (1) or not (0), whatever else the data say.
 */
export function joinJpeg(tables: Uint8Array | undefined, bytes: Uint8Array, transform: 0 | 1 | undefined): Uint8Array {
  if (!tables && transform === undefined) return bytes;
  const parts: Uint8Array[] = [Uint8Array.of(0xff, startOfImage)];
  if (transform !== undefined) parts.push(adobeSegment(transform));
  if (tables) for (const { marker, start, end } of segments(tables)) if (marker !== startOfScan) parts.push(tables.subarray(start, end));
  for (const { marker, start, end } of segments(bytes)) {
    if (marker === startOfScan) parts.push(bytes.subarray(start));
    else if (transform === undefined || (marker !== 0xe0 && marker !== 0xee)) parts.push(bytes.subarray(start, end));
  }
  return Buffer.concat(parts);
}

/** APP14 as Adobe wrote it (Adobe technical note 5116): version 100, no flags, the transform. */
function adobeSegment(transform: 0 | 1): Uint8Array {
  return Uint8Array.of(0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, transform);
}

export function damaged(what: string): TesseraError {
  return new TesseraError('gone', `A chunk of these data could not be decoded (jpeg): ${what}.`, { codec: 'jpeg' });
}
