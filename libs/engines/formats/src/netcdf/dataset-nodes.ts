// Groups as xarray's data sets (xarray user guide, "Terminology"): variables over shared
// dimensions, some of which are the coordinates of others.
import type { IndexedNode, JsonObject } from '@tessera/domain';
import { dimensionName } from './dimensions.ts';
import type { Variable } from './variable.ts';

interface Group {
  readonly self: Variable;
  readonly variables: Map<string, Variable>;
  readonly groups: Group[];
  readonly unreadable: Variable[];
}

/** Parents first; in a group data variables, then coordinates, what cannot be read, and groups. */
export function* datasetNodes(found: readonly Variable[]): Generator<IndexedNode> {
  const [root] = found;
  if (!root) return;
  if (root.node.structure.family !== 'container') {
    yield arrayNode(root, 'xarray_data_var');
    return;
  }
  yield* groupNodes(collect(root, found));
}

function collect(root: Variable, found: readonly Variable[]): Group {
  const empty = (self: Variable): Group => ({ self, variables: new Map(), groups: [], unreadable: [] });
  const top = empty(root);
  const byPath = new Map([['', top]]);
  for (const each of found.slice(1)) {
    const { path, structure, problem } = each.node;
    const parent = byPath.get(path.slice(0, -1).join('/'))!;
    if (structure.family === 'container') {
      const group = empty(each);
      byPath.set(path.join('/'), group);
      parent.groups.push(group);
    } else if (structure.family === 'array' && problem === undefined) {
      parent.variables.set(path.at(-1)!, each);
    } else {
      parent.unreadable.push(each);
    }
  }
  return top;
}

function* groupNodes({ self, variables, groups, unreadable }: Group): Generator<IndexedNode> {
  // A group of groups only is for walking through: as a data set it would be an empty one.
  const isDataset = dimensionsAgree(variables) && (variables.size > 0 || groups.length === 0) && self.node.problem === undefined;
  yield { ...self.node, ...(isDataset ? { metadata: { attrs: self.attrs }, specs: [{ name: 'xarray_dataset' }] } : { metadata: self.attrs, specs: [] }) };
  const coordinates = coordinateNames(self.attrs, variables);
  for (const [name, variable] of variables) if (!coordinates.has(name)) yield arrayNode(variable, 'xarray_data_var');
  for (const [name, variable] of variables) if (coordinates.has(name)) yield arrayNode(variable, 'xarray_coord');
  for (const { node, attrs } of unreadable) yield { ...node, metadata: { attrs } };
  for (const group of groups) yield* groupNodes(group);
}

/** Whether every variable has dimensions, and those of one name one length. */
function dimensionsAgree(variables: ReadonlyMap<string, Variable>): boolean {
  const lengths = new Map<string, number>();
  for (const { node: { structure }, dimensionPaths } of variables.values()) {
    if (structure.family !== 'array' || !dimensionPaths) return false;
    for (const [axis, path] of dimensionPaths.entries()) {
      const name = dimensionName(path);
      const length = structure.array.shape[axis]!;
      if ((lengths.get(name) ?? length) !== length) return false;
      lengths.set(name, length);
    }
  }
  return true;
}

/** As xarray finds them: by the name of a dimension, or named by an attribute (CF conventions, "Coordinate Systems"). */
function coordinateNames(groupAttrs: JsonObject, variables: ReadonlyMap<string, Variable>): ReadonlySet<string> {
  const names = new Set(namesIn(groupAttrs));
  for (const { attrs, dimensionPaths } of variables.values()) {
    for (const name of namesIn(attrs)) names.add(name);
    for (const path of dimensionPaths ?? []) names.add(dimensionName(path));
  }
  return names;
}

function namesIn({ coordinates }: JsonObject): string[] {
  return typeof coordinates === 'string' ? coordinates.split(/\s+/) : [];
}

function arrayNode({ node, attrs, dimensionPaths }: Variable, spec: string): IndexedNode {
  if (node.structure.family !== 'array') return { ...node, metadata: { attrs } };
  const dims = dimensionPaths?.map(dimensionName);
  const array = { ...node.structure.array, ...(dims ? { dims } : {}) };
  return { ...node, structure: { family: 'array', array }, metadata: { attrs }, specs: [{ name: spec }] };
}
