import { TesseraError, elementCount, type ArrayManifest } from '@tessera/domain';
import { denseRefs } from '../dense-refs.ts';
import { checkDataLength, codecsOf } from '../npy/npy-array.ts';
import { npyPreludeByteLength, parseNpyHeader, type NpyHeader } from '../npy/npy-header.ts';
import type { ZipMember } from '../zip/read-directory.ts';
import { memberProblem, type ZipFile } from '../zip/zip-file.ts';

/** A compressed array is decompressed as a whole whatever is read of it. */
const compressedByteLimit = 2 ** 28;

const firstReadByteLength = 4096;

/** Where the elements of a npy file in a zip file are. @throws TesseraError gone if they cannot be read. */
export async function arrayManifest(zip: ZipFile, member: ZipMember): Promise<ArrayManifest> {
  const problem = memberProblem(member);
  if (problem !== undefined) throw new TesseraError('gone', problem);
  const header = await readHeader(zip, member);
  checkDataLength(header, member.byteLength);
  const [byteOffset] = (await zip.dataByteOffsets([member])) as unknown as [number];
  return member.method === 0 ? storedManifest(zip, header, byteOffset) : compressedManifest(zip, member, header, byteOffset);
}

async function readHeader(zip: ZipFile, member: ZipMember): Promise<NpyHeader> {
  const head = await zip.readStart(member, firstReadByteLength);
  const { dataByteOffset } = npyPreludeByteLength(head);
  return parseNpyHeader(dataByteOffset <= head.byteLength ? head : await zip.readStart(member, dataByteOffset));
}

function storedManifest({ source }: ZipFile, header: NpyHeader, byteOffset: number): ArrayManifest {
  const where = denseRefs(header.shape, header.storedItemsize, header.isFortranOrder, source.uri, byteOffset + header.dataByteOffset);
  return { kind: 'array', dataType: header.dataType, ...where, edge: 'clipped', codecs: codecsOf(header), sources: [source] };
}

function compressedManifest({ source }: ZipFile, { storedByteLength, byteLength }: ZipMember, header: NpyHeader, byteOffset: number): ArrayManifest {
  const { dataType, shape, storedItemsize, dataByteOffset } = header;
  if (byteLength > compressedByteLimit) {
    throw new TesseraError('gone', `This array is compressed as a whole and has ${byteLength} bytes; at most ${compressedByteLimit} can be decompressed to read a part. Save it with numpy.savez or numpy.save.`);
  }
  if (byteLength !== dataByteOffset + elementCount(shape) * storedItemsize) throw new TesseraError('gone', 'The npy file is damaged: bytes follow its last element.');
  return {
    kind: 'array', dataType, edge: 'padded', sources: [source],
    grid: { shape, chunks: shape.map((length) => Math.max(length, 1)) },
    codecs: [...codecsOf(header), { name: 'prefixed', configuration: { byteLength: dataByteOffset } }, { name: 'deflate' }],
    refs: { form: 'affine', uri: source.uri, byteOffset, byteStride: storedByteLength, byteLength: storedByteLength },
  };
}
