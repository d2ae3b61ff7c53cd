import type { TreeExporter, TreeFile, TreeRequest } from '@tessera/domain';
import { writeZip, type ZipMember } from './zip-file.ts';

/** A tree as named members: the keys of a Zarr store. */
export interface MemberSource {
  /** @throws TesseraError before the first member for what is wrong with the request. */
  members(request: TreeRequest): Promise<AsyncIterable<ZipMember>>;
}

/** What a store would hold, as the members of a ZIP file. */
export class ZipExporter implements TreeExporter {
  private readonly source: MemberSource;

  constructor(source: MemberSource) {
    this.source = source;
  }

  async export(request: TreeRequest): Promise<TreeFile> {
    return { pieces: writeZip(await this.source.members(request)) };
  }
}
