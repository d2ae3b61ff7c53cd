import type { NodePath, StructureFamily } from '@tessera/domain';
import type { Site } from './site.ts';

/** How to get at a node from a program. */
export function snippets(site: Site, path: NodePath, family: StructureFamily, needsKey: boolean): { readonly title: string; readonly code: string }[] {
  const keys = path.map((key) => JSON.stringify(key)).join(', ');
  const api = JSON.stringify(`${site.base}/api/v1`);
  const node = path.length === 0 ? 'client' : `client[${keys}]`;
  const read = family === 'table' ? `${node}.read()` : family === 'array' ? `${node}[:]` : family === 'container' ? `list(${node})` : `${node}.read()`;
  const tiled = {
    title: 'Python, tiled',
    code: `from tiled.client import from_uri\n\nclient = from_uri(${api}${needsKey ? ', api_key="YOUR_KEY"' : ''})\n${read}`,
  };
  if (family === 'sparse' || family === 'bytes') return [tiled];
  const open = family === 'array' ? 'open_array' : 'open_group';
  const options = needsKey ? ',\n    storage_options={"headers": {"Authorization": "Apikey YOUR_KEY"}}' : '';
  const zarr = { title: 'Python, zarr', code: `import zarr\n\nzarr.${open}(${JSON.stringify(site.zarr(path))}, mode="r", zarr_format=2${options})` };
  return [tiled, zarr];
}
