import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';

const blockByteLength = 512;

/** Writes the folders and files of a tar archive (POSIX ustar) below a folder. */
export async function unpackTar(bytes: Uint8Array, folder: string): Promise<void> {
  for (let at = 0; at + blockByteLength <= bytes.byteLength && bytes[at] !== 0;) {
    const header = bytes.subarray(at, at + blockByteLength);
    const path = join(folder, safeName(text(header, 345, 155), text(header, 0, 100)));
    const byteLength = parseInt(text(header, 124, 12), 8) || 0;
    const start = at + blockByteLength;
    if (text(header, 156, 1) === '5') await mkdir(path, { recursive: true, mode: 0o700 });
    else await writeWhole(path, bytes.subarray(start, start + byteLength));
    at = start + Math.ceil(byteLength / blockByteLength) * blockByteLength;
  }
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, bytes, { mode: 0o600 });
}

/** A field of a header: text up to the first NUL. */
function text(header: Uint8Array, byteOffset: number, byteLength: number): string {
  const field = header.subarray(byteOffset, byteOffset + byteLength);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end)).trim();
}

function safeName(prefix: string, name: string): string {
  const whole = normalize(prefix === '' ? name : `${prefix}/${name}`).replace(/^\/+/, '');
  if (whole.split('/').includes('..')) throw new Error('The archive leads out of its folder.');
  return whole;
}
