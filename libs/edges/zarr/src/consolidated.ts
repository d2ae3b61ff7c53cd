import { isTesseraError, TesseraError, type Call, type Principal, type Resolved } from '@tessera/domain';
import { fillValueOf } from './published-fill-value.ts';
import { isZarrArray, isZarrGroup, type PublishedArrays } from './published-arrays.ts';
import { zarrayDocument } from './zarr-view.ts';
import { zattrsDocument } from './zattrs.ts';

/** A tree of more nodes than this is not consolidated: clients then ask node by node. */
const maxNodes = 2000;

/**
 * The `.zmetadata` document of a group: every metadata document below it in one
 * (zarr-python's consolidated metadata, format 1).
 * @throws TesseraError not_found if the tree is too large for one document.
 */
export async function consolidatedDocument(arrays: PublishedArrays, principal: Principal, group: Resolved, call: Call): Promise<unknown> {
  const metadata: Record<string, unknown> = {};
  let nodes = 0;
  const visit = async (resolved: Resolved, prefix: string): Promise<void> => {
    if (++nodes > maxNodes) throw new TesseraError('not_found', `This group has more than ${maxNodes} nodes below it: its metadata is not consolidated.`);
    if (isZarrArray(resolved)) {
      const { layout, view } = await arrays.publish(principal, resolved, call);
      metadata[`${prefix}.zarray`] = zarrayDocument(layout, view, fillValueOf(resolved, layout));
      metadata[`${prefix}.zattrs`] = resolved.column === undefined ? zattrsDocument(resolved.node) : {};
      return;
    }
    if (!isZarrGroup(resolved)) return;
    metadata[`${prefix}.zgroup`] = { zarr_format: 2 };
    metadata[`${prefix}.zattrs`] = zattrsDocument(resolved.node);
    for await (const child of arrays.children(principal, resolved, call)) {
      await visitIfReadable(child, `${prefix}${child.column ?? child.node.path.at(-1)}/`);
    }
  };
  // A damaged neighbour must not hide the others; a tree that is too large must end the walk.
  const visitIfReadable = async (child: Resolved, prefix: string) => {
    try {
      await visit(child, prefix);
    } catch (error) {
      if (nodes > maxNodes || !isUnreadable(error)) throw error;
    }
  };
  await visit(group, '');
  return { zarr_consolidated_format: 1, metadata };
}

function isUnreadable(error: unknown): boolean {
  return (['gone', 'stale', 'unsupported'] as const).some((code) => isTesseraError(error, code));
}
