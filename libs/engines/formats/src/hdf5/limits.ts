// Bounds on what a file may make us do. Sizes found in files are hostile input:
// each is far above what instruments write and far below what would hurt.

/** One metadata structure (a heap, a B-tree node, an object header block), bytes. */
export const maxStructureByteLength = 64 * 2 ** 20;
/** Entries of the chunk table of one dataset: 16 bytes each. */
export const maxChunkCount = 2 ** 22;
/** Entries of all chunk tables of one file. */
export const maxFileChunkCount = 2 ** 24;
/** Nodes of one file, those reached through several links counted each time. */
export const maxNodeCount = 200_000;
export const maxDepth = 64;
/** Soft links met on the way to one object, as HDF5's own H5L_NUM_LINKS. */
export const maxLinkTraversals = 16;
/** Files that external links lead to, opened for one index. */
export const maxExternalFiles = 1000;
/** Virtual datasets made of virtual datasets. */
export const maxVirtualDepth = 4;
/** Runs of elements that the parts of a virtual dataset are made of, equal ones at equal distances being one. */
export const maxTileRuns = 2 ** 18;
/** One attribute, as stored; a longer one is null in the metadata. */
export const maxAttributeByteLength = 2 ** 20;
/** All attributes of one object, as stored. */
export const maxAttributesByteLength = 16 * 2 ** 20;
/** Nested datatypes (compound in array in compound …). */
export const maxTypeDepth = 16;
/** Parts a codec must copy for one element of a compound. */
export const maxPackedFields = 4096;
/** One element of a dataset. */
export const maxElementByteLength = 16 * 2 ** 20;
/** HDF5's H5S_MAX_RANK. */
export const maxRank = 32;
/** Data small enough to live in the manifest. HDF5 allows compact data of 64 KiB. */
export const maxInlineByteLength = 2 ** 17;
