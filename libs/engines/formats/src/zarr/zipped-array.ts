import { TesseraError, elementCount, gridShape, templateKey, type ArrayManifest, type CodecSpec, type TableRefs, type TemplateRefs } from '@tessera/domain';
import { ChunkBudget } from '../hdf5/chunk-table.ts';
import type { ZipMember } from '../zip/read-directory.ts';
import { memberProblem, type ZipFile } from '../zip/zip-file.ts';
import { nameOf } from './zip-documents.ts';

/** Chunks that members of a zip file are, as ranges of it. */
export class ZippedArrays {
  readonly #zip: ZipFile;
  readonly #budget = new ChunkBudget();

  constructor(zip: ZipFile) {
    this.#zip = zip;
  }

  /**
   * The manifest of an array whose keys are members: with a table of where they lie. Deflated ones are decoded by one codec
   * more; stored ones are marked as left out by it. @throws TesseraError gone if a member cannot be read, or there are too many chunks.
   */
  async locate(manifest: ArrayManifest): Promise<ArrayManifest> {
    const { volatile: _unchanging, ...fixed } = manifest;
    const refs = manifest.refs as TemplateRefs;
    const counts = gridShape(manifest.grid);
    const total = elementCount(counts);
    this.#budget.take(total);
    const byteOffsets = new Float64Array(total).fill(-1);
    const byteLengths = new Float64Array(total);
    const found: ZipMember[] = [];
    const ordinals: number[] = [];
    const prefix = nameOf(refs.prefix);
    const cursor = counts.map(() => 0);
    for (let ordinal = 0; ordinal < total; ordinal++) {
      const member = this.#zip.members.get(`${prefix === '' ? '' : `${prefix}/`}${templateKey(refs, cursor)}`);
      if (member) {
        found.push(checked(member));
        ordinals.push(ordinal);
      }
      for (let axis = counts.length - 1; axis >= 0 && ++cursor[axis]! === counts[axis]!; axis--) cursor[axis] = 0;
    }
    const offsets = await this.#zip.dataByteOffsets(found);
    ordinals.forEach((ordinal, index) => {
      byteOffsets[ordinal] = offsets[index]!;
      byteLengths[ordinal] = found[index]!.storedByteLength;
    });
    return { ...fixed, ...compression(manifest.codecs, found, ordinals, { form: 'table', uris: [this.#zip.source.uri], byteOffsets, byteLengths }), sources: [this.#zip.source] };
  }
}

function checked(member: ZipMember): ZipMember {
  const problem = memberProblem(member);
  if (problem !== undefined) throw new TesseraError('gone', problem);
  return member;
}

function compression(codecs: readonly CodecSpec[], found: readonly ZipMember[], ordinals: readonly number[], refs: TableRefs): Pick<ArrayManifest, 'codecs' | 'refs'> {
  if (found.every(({ method }) => method === 0)) return { codecs, refs };
  const all = { codecs: [...codecs, { name: 'deflate' }] };
  if (found.every(({ method }) => method !== 0)) return { ...all, refs };
  const codecMasks = new Uint32Array(refs.byteOffsets.length);
  found.forEach(({ method }, index) => {
    if (method === 0) codecMasks[ordinals[index]!] = 1 << codecs.length;
  });
  return { ...all, refs: { ...refs, codecMasks } };
}
