import type { Field } from '@tessera/arrow';

const pandasTypes: readonly (readonly [RegExp, string, string])[] = [
  [/^Uint8$/, 'uint8', 'uint8'],
  [/^Int64$/, 'int64', 'int64'],
  [/^Float64$/, 'float64', 'float64'],
  [/^Utf8$/, 'unicode', 'object'],
  [/^Timestamp/, 'datetime', 'datetime64[s]'],
  [/^Bool$/, 'bool', 'bool'],
];

/** The `pandas` entry of a schema (pandas, "Developer: storing pandas DataFrame objects in Apache Parquet format"): which column is the index. */
export function pandasMetadata(fields: readonly Field[], index: string): string {
  const columns = fields.map(({ name, type }) => {
    const [, pandasType, numpyType] = pandasTypes.find(([pattern]) => pattern.test(String(type)))!;
    return { name, field_name: name, pandas_type: pandasType, numpy_type: numpyType, metadata: null };
  });
  const columnIndex = { name: null, field_name: null, pandas_type: 'unicode', numpy_type: 'object', metadata: { encoding: 'UTF-8' } };
  return JSON.stringify({ index_columns: [index], column_indexes: [columnIndex], columns, pandas_version: '2.2.0' });
}
