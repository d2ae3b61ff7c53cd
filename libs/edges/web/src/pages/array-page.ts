import type { ArrayStructure, JsonObject, NodePath, Spec } from '@tessera/domain';
import { arrayByteLength, byteSizeText, chunksText, shapeText, typeName } from '../describe-structure.ts';
import { html, type Html } from '../html.ts';
import { pictureSlice, previewRowCount } from '../preview.ts';
import type { Site } from '../site.ts';
import { frame } from './frame.ts';
import { downloads, facts, metadataPart, specsText, usage } from './parts.ts';

export interface ArrayView {
  readonly path: NodePath;
  readonly family: 'array' | 'sparse';
  readonly structure: ArrayStructure;
  readonly metadata: JsonObject;
  readonly specs: readonly Spec[];
  /** The first values, for arrays of at most one axis. */
  readonly values: readonly string[] | undefined;
  readonly needsKey: boolean;
}

export function arrayPage(site: Site, view: ArrayView): Html {
  const { path, family, structure, specs, values } = view;
  const size = byteSizeText(arrayByteLength(structure, structure.dataType));
  return frame(site, path, path.at(-1) ?? 'Array', html`
${facts([
    ['Shape', shapeText(structure.shape)],
    structure.dims !== undefined && ['Axes', structure.dims.join(', ')],
    ['Type', typeName(structure.dataType)],
    ['Chunks', chunksText(structure)],
    ['Size', family === 'sparse' ? `${size} if it were dense` : size],
    specs.length > 0 && ['Kind', specsText(specs)],
  ])}
${picture(site, view)}
${values && values.length > 0 && html`<h2>${(structure.shape[0] ?? 1) > previewRowCount ? 'First values' : 'Values'}</h2><pre>${values.join('\n')}</pre>`}
${downloads(site, path, family, 'array/full')}
${metadataPart(site, path, view.metadata)}
${usage(site, path, family, view.needsKey)}`);
}

function picture(site: Site, { path, family, structure }: ArrayView): Html | undefined {
  const slice = family === 'array' ? pictureSlice(structure) : undefined;
  if (slice === undefined) return undefined;
  const source = site.api('array/full', path, `?format=image/png&slice=${slice}`);
  return html`<h2>Preview</h2><p><img class="preview" src="${source}" alt="The values of ${path.at(-1) ?? 'the array'} as shades of grey" loading="lazy"></p>`;
}
