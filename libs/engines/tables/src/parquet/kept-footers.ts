import { readFooter, type ParquetFooter, type ParquetSource } from '@tessera/arrow';
import type { TableManifest } from '@tessera/domain';

/** Footers of more bytes, of all files of a table together, are read anew each time. */
const maxKeptByteLength = 8 * 2 ** 20;

interface Kept {
  readonly footers: Map<string, Promise<ParquetFooter>>;
  byteLength: number;
}

/** Footers of the files of manifests that are in use. */
const kept = new WeakMap<TableManifest, Kept>();

/** The footer of one of a table's files, read once as long as its manifest is kept. @throws TesseraError gone if it is damaged. */
export function footerOf(manifest: TableManifest, uri: string, { byteLength, read }: ParquetSource): Promise<ParquetFooter> {
  const known = kept.get(manifest) ?? { footers: new Map<string, Promise<ParquetFooter>>(), byteLength: 0 };
  kept.set(manifest, known);
  const footer = known.footers.get(uri);
  if (footer) return footer;
  const reading = readFooter(byteLength, read);
  known.footers.set(uri, reading);
  const forget = () => known.footers.delete(uri);
  reading.then((found) => {
    // Parsed, it takes some four times as much.
    known.byteLength += found.byteLength * 4;
    if (known.byteLength > maxKeptByteLength) forget();
  }, forget);
  return reading;
}
