import { constants, inflateRawSync } from 'node:zlib';
import { TesseraError, sourceOf, type ByteStore, type Call, type Entry, type Source } from '@tessera/domain';
import { damaged } from './damage.ts';
import { findDirectory, viewOf, type ReadBytes } from './find-directory.ts';
import { readDirectory, type ZipMember } from './read-directory.ts';

const localSignature = 0x04034b50;
const localByteLength = 30;
const headerConcurrency = 16;

/** "PK", and the signature of a first member, or of the end of an empty file. */
export function isZip(head: Uint8Array): boolean {
  return head.byteLength >= 4 && head[0] === 0x50 && head[1] === 0x4b && ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6));
}

/** An open zip file: what is in it, and where. */
export class ZipFile {
  readonly source: Source & { readonly byteLength: number };
  readonly members: ReadonlyMap<string, ZipMember>;
  readonly #read: ReadBytes;
  /** Of all local headers, ascending, and of the directory: where one member ends the next begins. */
  readonly #headerOffsets: Float64Array;

  private constructor(source: ZipFile['source'], members: ReadonlyMap<string, ZipMember>, directoryByteOffset: number, read: ReadBytes) {
    this.source = source;
    this.members = members;
    this.#read = read;
    this.#headerOffsets = Float64Array.from([...[...members.values()].map((member) => member.headerByteOffset), directoryByteOffset]).sort();
  }

  /** @throws TesseraError gone if it is not there, or no zip file. */
  static async open(entry: Entry, store: ByteStore, call?: Call): Promise<ZipFile> {
    const known = entry.byteLength === undefined ? await store.stat(entry.uri, call) : entry;
    if (known?.byteLength === undefined) throw new TesseraError('gone', 'The file is no longer there.');
    const { uri, byteLength } = known;
    const read: ReadBytes = async (byteOffset, length) => {
      const bytes = await store.read(uri, { byteOffset, byteLength: length }, call);
      if (bytes?.byteLength !== length) throw new TesseraError('gone', 'The zip file became shorter while it was read.');
      return bytes;
    };
    const place = await findDirectory(read, byteLength);
    const members = await readDirectory(read, place);
    return new ZipFile({ ...sourceOf(known), byteLength }, members, place.byteOffset, read);
  }

  /** Where the stored bytes of members begin, in bytes from the start of the file. @throws TesseraError gone if one is damaged. */
  async dataByteOffsets(members: readonly ZipMember[]): Promise<Float64Array> {
    const offsets = new Float64Array(members.length);
    for (let start = 0; start < members.length; start += headerConcurrency) {
      const batch = members.slice(start, start + headerConcurrency);
      await Promise.all(batch.map(async (member, index) => {
        offsets[start + index] = this.#gaplessOffset(member) ?? (await this.#readOffset(member));
      }));
    }
    return offsets;
  }

  /** A member's first bytes, decompressed: at least `minByteLength` of them, or all. @throws TesseraError gone. */
  async readStart(member: ZipMember, minByteLength: number): Promise<Uint8Array> {
    const [byteOffset] = await this.dataByteOffsets([member]);
    if (member.method === 0) return this.#read(byteOffset!, Math.min(minByteLength, member.storedByteLength));
    // Deflate gives at most 1032 bytes for one: what comes out stays bounded.
    for (let taken = 1024; ; taken *= 4) {
      const stored = await this.#read(byteOffset!, Math.min(taken, member.storedByteLength));
      const bytes = inflateStart(stored, member);
      if (bytes.byteLength >= minByteLength || taken >= member.storedByteLength) return bytes;
    }
  }

  /** With nothing between it and what comes next, a member has no extra fields: its header need not be read. */
  #gaplessOffset({ headerByteOffset, nameByteLength, storedByteLength }: ZipMember): number | undefined {
    const start = headerByteOffset + localByteLength + nameByteLength;
    return this.#nextHeader(headerByteOffset) === start + storedByteLength ? start : undefined;
  }

  #nextHeader(headerByteOffset: number): number | undefined {
    const offsets = this.#headerOffsets;
    let low = 0;
    let high = offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (offsets[middle]! <= headerByteOffset) low = middle + 1;
      else high = middle;
    }
    return offsets[low];
  }

  async #readOffset({ name, headerByteOffset, storedByteLength }: ZipMember): Promise<number> {
    const end = this.source.byteLength;
    if (headerByteOffset + localByteLength > end) throw damaged(`"${name}" lies beyond its end`);
    const header = viewOf(await this.#read(headerByteOffset, localByteLength));
    if (header.getUint32(0, true) !== localSignature) throw damaged(`"${name}" is not where its directory says`);
    const start = headerByteOffset + localByteLength + header.getUint16(26, true) + header.getUint16(28, true);
    if (start + storedByteLength > end) throw damaged(`"${name}" lies beyond its end`);
    return start;
  }
}

/** Why the bytes of a member cannot be had; undefined if they can. */
export function memberProblem({ name, method, isEncrypted, storedByteLength, byteLength }: ZipMember): string | undefined {
  if (isEncrypted) return `"${name}" is encrypted in the zip file.`;
  if (method !== 0 && method !== 8) return `"${name}" is compressed with the method ${method} of zip files; stored and deflated members can be read.`;
  return method === 0 && storedByteLength !== byteLength ? damaged(`the lengths of "${name}" do not agree`).message : undefined;
}

function inflateStart(stored: Uint8Array, { name }: ZipMember): Uint8Array {
  try {
    // The end of what was read need not be the end of the data.
    return inflateRawSync(stored, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (error) {
    throw new TesseraError('gone', damaged(`"${name}" cannot be decompressed`).message, {}, { cause: error });
  }
}
