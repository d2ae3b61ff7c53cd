// Folders of many small files, written without a library: what is in them is known by their number.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';

const side = 32;
export const frameByteLength = side * side * 2;

/** @param nameOf name of the file of a number. @param bytesOf its bytes. */
export function makeFiles(folder, count, nameOf, bytesOf) {
  mkdirSync(folder, { recursive: true });
  for (let number = 0; number < count; number++) writeFileSync(join(folder, nameOf(number)), bytesOf(number));
  return folder;
}

const npyHead = (() => {
  const text = `{'descr': '<u2', 'fortran_order': False, 'shape': (${side}, ${side}), }`.padEnd(117) + '\n';
  const head = Buffer.from(`\x93NUMPY\x01\x00\0\0${text}`, 'latin1');
  head.writeUInt16LE(text.length, 8);
  return head;
})();

/** A npy file of 32 x 32 16-bit numbers (numpy.lib.format). */
export function npyFrame(number) {
  return Buffer.concat([npyHead, pixelsOf(number)]);
}

/** A 16-bit PNG of 32 x 32 pixels (PNG specification): every one compresses to another length. */
export function pngFrame(number) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 16;
  const pixels = pixelsOf(number);
  const rows = Array.from({ length: side }, (_, row) => [Buffer.of(0), pixels.subarray(row * side * 2, (row + 1) * side * 2)]).flat();
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), pngChunk('IHDR', header), pngChunk('IDAT', deflateSync(Buffer.concat(rows), { level: 1 })), pngChunk('IEND', Buffer.alloc(0))]);
}

function pixelsOf(number) {
  const pixels = Buffer.alloc(frameByteLength);
  pixels.writeUInt32LE(number, 0);
  for (let at = 4, state = number + 1; at < frameByteLength; at += 2) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    pixels[at] = state >>> (24 + (number % 3));
  }
  return pixels;
}

function pngChunk(type, data) {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  data.copy(chunk, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return chunk;
}
