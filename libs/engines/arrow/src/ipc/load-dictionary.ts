import { Field, Schema, Vector } from 'apache-arrow';
import { damaged } from './damaged.ts';
import { loadBatch, type Dictionaries, type EncodedBatch } from './load-batch.ts';

/**
 * The values of one dictionary batch; a delta is added to those that were there.
 * @throws TesseraError gone if no column of the schema uses it, or it is damaged.
 */
export async function loadDictionary(schema: Schema, id: number, isDelta: boolean, encoded: EncodedBatch, known: Dictionaries): Promise<Vector> {
  const type = schema.dictionaries.get(id);
  if (!type) throw damaged('a dictionary belongs to no column');
  const batch = await loadBatch(new Schema([new Field('values', type, true)]), encoded, known);
  const values = new Vector([batch.data.children[0]!]);
  const before = known.get(id);
  return isDelta && before ? before.concat(values) : values;
}
