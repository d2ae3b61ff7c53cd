import type { ArrayManifest, JsonObject } from '@tessera/domain';

/** An array of a zarr hierarchy, ready to become a node. */
export interface ParsedArray {
  /** Of strings of variable length the item size is 0: their width is to be measured. */
  readonly manifest: ArrayManifest;
  readonly metadata: JsonObject;
  readonly dims?: readonly string[];
}
