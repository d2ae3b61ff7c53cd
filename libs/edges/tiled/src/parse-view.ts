import type { ParameterReader } from './parse-parameters.ts';
import { nodeFields, type NodeField, type NodeView } from './documents/node.ts';
import { parseSelectMetadata } from './select-metadata.ts';

/** What of nodes a request wants, and how deep children may stand in their parent. */
export interface RequestedView extends NodeView {
  readonly maxDepth: number;
}

export const maxInlineDepth = 5;

/** Reads fields, select_metadata, max_depth, omit_links and include_data_sources. Problems are noted in the reader. */
export function parseView(reader: ParameterReader): RequestedView {
  const fields = reader.choices('fields', nodeFields);
  const select = reader.text('select_metadata');
  return {
    fields: new Set<NodeField>(fields.length === 0 ? nodeFields : fields),
    ...(select === undefined ? {} : { selectMetadata: parseSelectMetadata(select) }),
    omitLinks: reader.boolean('omit_links'),
    includeDataSources: reader.boolean('include_data_sources'),
    maxDepth: reader.integer('max_depth', 0, maxInlineDepth) ?? maxInlineDepth,
  };
}

/** Whether the number of children of containers is part of what is wanted. */
export function wantsChildCount({ fields }: NodeView): boolean {
  return fields.has('structure') || fields.has('count');
}
