// Rows of a row group that may fit a filter: by its statistics, then by those of its pages.
import { flattenedType, readPageLocations, readPageStatistics, statisticsOf, type ColumnStatistics, type PageLocation, type ParquetFooter, type ReadRange, type Schema } from '@tessera/arrow';
import type { RowRange } from '@tessera/domain';
import { boundColumns, type BoundFilter } from '../filter/bind-filter.ts';
import { mayMatch } from '../filter/may-match.ts';

type Rows = Required<RowRange>;

/** Ranges nearer than this are read as one. */
const minGapRowCount = 1024;

interface IndexedColumn {
  readonly pages: readonly PageLocation[];
  readonly statistics: readonly ColumnStatistics[];
}

export interface RowSelection {
  readonly footer: ParquetFooter;
  readonly rowGroup: number;
  readonly schema: Schema;
  readonly rows: Rows;
  readonly filter: BoundFilter | undefined;
  readonly read: ReadRange;
}

/** The ranges of rows that have to be read, in order. */
export async function selectRowRanges(selection: RowSelection): Promise<Rows[]> {
  const { footer, rowGroup, schema, rows, filter } = selection;
  if (!filter) return [rows];
  const { rowCount, chunks } = footer.rowGroups[rowGroup]!;
  const known = new Map<number, ColumnStatistics>();
  for (const column of boundColumns(filter)) {
    const stored = storedField(footer, schema, column);
    if (stored) known.set(column, statisticsOf(chunks[stored.leaf]?.statistics, stored, flattenedType(schema.fields[column]!.type), rowCount));
  }
  if (!mayMatch(filter, (column) => known.get(column))) return [];
  return selectPages(selection, filter, known);
}

async function selectPages({ footer, rowGroup, schema, rows, read }: RowSelection, filter: BoundFilter, known: ReadonlyMap<number, ColumnStatistics>): Promise<Rows[]> {
  const { rowCount, chunks } = footer.rowGroups[rowGroup]!;
  const indexed = new Map<number, IndexedColumn>();
  for (const column of known.keys()) {
    const stored = storedField(footer, schema, column)!;
    const chunk = chunks[stored.leaf];
    if (!chunk?.columnIndex || !chunk.offsetIndex) continue;
    const pages = await readPageLocations(chunk, rowCount, read);
    const statistics = pages && (await readPageStatistics(chunk, pages, stored, flattenedType(schema.fields[column]!.type), rowCount, read));
    if (pages && statistics) indexed.set(column, { pages, statistics });
  }
  if (indexed.size === 0) return [rows];
  const starts = [...new Set([rows.start, ...[...indexed.values()].flatMap(({ pages }) => pages.map(({ firstRow }) => firstRow))])].filter((row) => row >= rows.start && row < rows.stop).sort((a, b) => a - b);
  const selected: { start: number; stop: number }[] = [];
  const places = new Map<number, number>();
  starts.forEach((start, i) => {
    const stop = starts[i + 1] ?? rows.stop;
    const isWanted = mayMatch(filter, (column) => {
      const index = indexed.get(column);
      if (!index) return known.get(column);
      let page = places.get(column) ?? 0;
      while ((index.pages[page + 1]?.firstRow ?? Infinity) <= start) page++;
      places.set(column, page);
      return index.statistics[page];
    });
    const last = selected.at(-1);
    if (!isWanted) return;
    if (last && start - last.stop < minGapRowCount) last.stop = stop;
    else selected.push({ start, stop });
  });
  return selected;
}

function storedField({ fields }: ParquetFooter, schema: Schema, column: number): ParquetFooter['fields'][number] | undefined {
  const found = fields.filter(({ name }) => name === schema.fields[column]!.name);
  return found.length === 1 && found[0]!.physicalType !== undefined && !found[0]!.isRepeated ? found[0] : undefined;
}
