import type { JsonObject, NodePath, Spec, TableStructure } from '@tessera/domain';
import { html, type Html } from '../html.ts';
import type { Site } from '../site.ts';
import { frame } from './frame.ts';
import { downloads, facts, metadataPart, specsText, usage } from './parts.ts';

export interface TableView {
  readonly path: NodePath;
  readonly structure: TableStructure;
  readonly metadata: JsonObject;
  readonly specs: readonly Spec[];
  /** Header and first rows. */
  readonly rows: readonly (readonly string[])[] | undefined;
  readonly needsKey: boolean;
}

/** More columns are for programs. */
const maxListedColumns = 300;

export function tablePage(site: Site, { path, structure, metadata, specs, rows, needsKey }: TableView): Html {
  const { columns, rowCount, partitionCount } = structure;
  const listed = columns.slice(0, maxListedColumns);
  return frame(site, path, path.at(-1) ?? 'Table', html`
${facts([
    ['Columns', String(columns.length)],
    rowCount !== undefined && ['Rows', rowCount.toLocaleString('en')],
    ['Partitions', String(partitionCount)],
    specs.length > 0 && ['Kind', specsText(specs)],
  ])}
${rows && rows.length > 0 && firstRowsPart(rows, columns.length)}
<h2>Columns</h2><p class="chips">${listed.map((column) => html`<a href="${site.browse([...path, column])}">${column}</a>`)}${columns.length > listed.length && html`<span class="soft">and ${columns.length - listed.length} more</span>`}</p>
${downloads(site, path, 'table', 'table/full')}
${metadataPart(site, path, metadata)}
${usage(site, path, 'table', needsKey)}`);
}

function firstRowsPart([header = [], ...rows]: readonly (readonly string[])[], columnCount: number): Html {
  return html`<h2>First rows</h2><div class="scroll"><table><tr>${header.map((name) => html`<th scope="col">${name}</th>`)}</tr>${rows.map((row) => html`
<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</table></div>${columnCount > header.length && html`<p class="soft">The first ${header.length} of ${columnCount} columns.</p>`}`;
}
