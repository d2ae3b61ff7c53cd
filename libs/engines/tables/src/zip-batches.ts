import { batchOf, sliceBatch, type RecordBatch, type Schema } from '@tessera/arrow';
import { TesseraError } from '@tessera/domain';

/** Batches of some of the columns, and where those stand in the whole. */
export interface PartialBatches {
  readonly batches: AsyncIterable<RecordBatch>;
  readonly places: readonly number[];
}

/** Puts columns that come in batches of different lengths side by side. @throws TesseraError gone if one part has fewer rows. */
export async function* zipBatches(schema: Schema, parts: readonly PartialBatches[]): AsyncGenerator<RecordBatch> {
  const readers = parts.map(({ batches }) => batches[Symbol.asyncIterator]());
  const fronts: (RecordBatch | undefined)[] = parts.map(() => undefined);
  try {
    for (;;) {
      await Promise.all(readers.map(async (reader, part) => {
        while (!fronts[part]?.numRows) {
          const { done, value } = await reader.next();
          if (done) return;
          fronts[part] = value;
        }
      }));
      const present = fronts.filter((front) => front !== undefined);
      if (present.length === 0) return;
      if (present.length < parts.length) throw new TesseraError('gone', 'The file of this table is damaged: its columns differ in length.');
      const rowCount = Math.min(...present.map((front) => front.numRows));
      const columns = schema.fields.map((_, place) => {
        const part = parts.findIndex(({ places }) => places.includes(place));
        return present[part]!.data.children[parts[part]!.places.indexOf(place)]!.slice(0, rowCount);
      });
      present.forEach((front, part) => (fronts[part] = front.numRows > rowCount ? sliceBatch(front, rowCount, front.numRows) : undefined));
      yield batchOf(schema, columns);
    }
  } finally {
    await Promise.all(readers.map((reader) => reader.return?.()));
  }
}
