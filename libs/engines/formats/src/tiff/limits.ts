// Bounds on what a file may make us do. Sizes found in files are hostile input:
// each is far above what instruments write and far below what would hurt.

/** Fields of one directory. */
export const maxFieldCount = 4096;
/** Directories that are followed from one to the next. */
export const maxPageCount = 2 ** 20;
/** Strips or tiles of one array: 16 bytes each. */
export const maxSegmentCount = 2 ** 22;
/** The value of one field, other than places of strips and tiles. */
export const maxValueByteLength = 16 * 2 ** 20;
/** One strip or tile, decoded. */
export const maxSegmentByteLength = 2 ** 30;
/** Values longer than these are left out of metadata. */
export const maxMetadataTextLength = 2 ** 16;
export const maxMetadataCount = 64;
