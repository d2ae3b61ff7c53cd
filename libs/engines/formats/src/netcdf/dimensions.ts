// Dimensions as netCDF-4 keeps them: HDF5 dimension scales (HDF5 Dimension Scale specification;
// NetCDF User's Guide, "File Format: NetCDF-4", "Dimensions in HDF5").
import type { IndexedNode, JsonObject } from '@tessera/domain';
import type { FoundNode } from '../hdf5/tree.ts';

/** The dimensions of a file. One is named by the path of its scale, counted from the root: two groups may have one of the same name. */
export class Dimensions {
  readonly #prefix: string;
  /** By netCDF's number of the dimension. */
  readonly #pathById = new Map<number, string>();
  readonly #lengths = new Map<string, number>();

  constructor(found: readonly FoundNode[], datasetPath: string) {
    this.#prefix = datasetPath.split('/').filter((part) => part !== '').map((part) => `/${part}`).join('');
    for (const { node } of found) {
      const id = node.metadata['_Netcdf4Dimid'];
      if (isScale(node.metadata) && typeof id === 'number') this.#pathById.set(id, this.#pathOf(node));
    }
    for (const { node } of found) this.#measure(node);
  }

  /** The path of the dimension of each axis; undefined unless every axis has one. */
  ofVariable(node: IndexedNode): readonly string[] | undefined {
    if (node.structure.family !== 'array') return undefined;
    const rank = node.structure.array.shape.length;
    const paths = this.#listed(node.metadata) ?? this.#numbered(node.metadata) ?? (isScale(node.metadata) && rank === 1 ? [this.#pathOf(node)] : []);
    return paths.length === rank ? paths : undefined;
  }

  /** Current length: an unlimited dimension is as long as the longest of its variables. */
  lengthOf(path: string): number {
    return this.#lengths.get(path) ?? 0;
  }

  #measure(node: IndexedNode): void {
    if (node.structure.family !== 'array') return;
    const { shape } = node.structure.array;
    this.ofVariable(node)?.forEach((path, axis) => this.#lengths.set(path, Math.max(this.lengthOf(path), shape[axis]!)));
  }

  /** `DIMENSION_LIST`: an entry an axis, each the paths of its scales, the first being the dimension. */
  #listed(metadata: JsonObject): string[] | undefined {
    const list = metadata['DIMENSION_LIST'];
    if (!Array.isArray(list)) return undefined;
    const paths = list.map((scales) => (Array.isArray(scales) ? (scales[0] as unknown) : undefined));
    return paths.every((path) => typeof path === 'string') ? paths : undefined;
  }

  /** `_Netcdf4Coordinates`: numbers of dimensions. A scale of several axes has them in place of a list. */
  #numbered(metadata: JsonObject): string[] | undefined {
    const ids = metadata['_Netcdf4Coordinates'];
    if (!Array.isArray(ids)) return undefined;
    const paths = ids.map((id) => this.#pathById.get(id as number));
    return paths.every((path) => path !== undefined) ? paths : undefined;
  }

  #pathOf(node: IndexedNode): string {
    return this.#prefix + node.path.map((part) => `/${part}`).join('');
  }
}

/** The name of a dimension. */
export function dimensionName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function isScale(metadata: JsonObject): boolean {
  return metadata['CLASS'] === 'DIMENSION_SCALE';
}
