// Walks the tree as the principal sees it, and says what a file of it will hold. Structures and metadata only: no data
// are read, but for columns of text, whose width nobody knows before.
import {
  TesseraError, isTesseraError, mintTicket, regularChunkShape, resolveSelection, selectedShape,
  type ArrayStructure, type Catalog, type ChunkGrid, type DataType, type JsonObject, type Node, type Reader, type TreeRequest,
} from '@tessera/domain';
import { partsOf } from './read-parts.ts';
import { timeAttributes } from './time-attributes.ts';
import type { ArrayData, ArrayPlan, GroupPlan } from './tree-plan.ts';

export interface TreeLimits {
  /** Groups and arrays of one file. */
  readonly maxNodeCount: number;
  /** Text of all metadata of one file, in characters. */
  readonly maxMetadataLength: number;
  /** Bytes asked of the reader at a time. */
  readonly partByteLength: number;
}

export const defaultTreeLimits: TreeLimits = { maxNodeCount: 50_000, maxMetadataLength: 32 * 2 ** 20, partByteLength: 64 * 2 ** 20 };

const childrenAtOnce = 300;

export class TreePlanner {
  private readonly catalog: Catalog;
  private readonly reader: Reader;
  private readonly limits: TreeLimits;
  private readonly request: TreeRequest;
  private nodeCount = 0;
  private metadataLength = 0;

  constructor(catalog: Catalog, reader: Reader, limits: TreeLimits, request: TreeRequest) {
    this.catalog = catalog;
    this.reader = reader;
    this.limits = limits;
    this.request = request;
  }

  /** The root group: the container or table itself, or a group with the one array in it. @throws TesseraError too_large. */
  async plan(): Promise<GroupPlan> {
    const { node, column } = this.request.resolved;
    const { family } = node.structure;
    if (column === undefined && family === 'container') return this.container('', node, this.request.fields);
    if (column === undefined && family === 'table') return this.table('', node, this.request.fields);
    const name = column ?? node.path.at(-1) ?? 'array';
    return { kind: 'group', name: '', attributes: {}, children: [await this.array(name, node, column, this.request.selection)] };
  }

  private async container(name: string, node: Node, fields?: readonly string[]): Promise<GroupPlan> {
    const attributes = this.attributesOf(node);
    const children: (GroupPlan | ArrayPlan)[] = [];
    const leftOut: string[] = [];
    for await (const child of this.childrenOf(node, fields)) {
      const key = child.path.at(-1)!;
      await tryPlan(key, leftOut, async () => children.push(await this.child(key, child)));
    }
    return { kind: 'group', name, attributes: withLeftOut(attributes, leftOut), children };
  }

  private child(key: string, child: Node): Promise<GroupPlan | ArrayPlan> {
    switch (child.structure.family) {
      case 'container': return this.container(key, child);
      case 'table': return this.table(key, child);
      default: return this.array(key, child);
    }
  }

  /** Named children are asked for by name: there may be very many others. */
  private async *childrenOf(node: Node, fields: readonly string[] | undefined): AsyncGenerator<Node> {
    const { principal, call } = this.request;
    if (fields) {
      for (const field of fields) {
        const { node: child } = await this.catalog.resolve(principal, [...node.path, field], undefined, call);
        if (child.problem === undefined) yield child;
      }
      return;
    }
    let place = {};
    for (;;) {
      const page = await this.catalog.children(principal, node.path, { page: { limit: childrenAtOnce, ...place }, sort: [], readableOnly: true }, call);
      yield* page.items;
      if (!page.next) return;
      place = page.next;
    }
  }

  private async table(name: string, node: Node, fields?: readonly string[]): Promise<GroupPlan> {
    if (node.structure.family !== 'table') throw new TypeError('This node is no table.');
    const children: ArrayPlan[] = [];
    const leftOut: string[] = [];
    for (const column of fields ?? node.structure.table.columns) {
      await tryPlan(column, leftOut, async () => children.push(await this.array(column, node, column)));
    }
    return { kind: 'group', name, attributes: withLeftOut(this.attributesOf(node), leftOut), children };
  }

  private async array(name: string, node: Node, column?: string, selection: TreeRequest['selection'] = []): Promise<ArrayPlan> {
    const { structure } = node;
    const { principal, call } = this.request;
    const attributes = column === undefined ? this.attributesOf(node) : (this.count(0), {});
    if (column === undefined && structure.family === 'array') return this.dense(name, attributes, node, structure.array, undefined, selection);
    if (column === undefined && structure.family !== 'sparse') throw new TesseraError('unsupported', `Nodes of the family ${structure.family} have no elements.`);
    const { dataType, grid } = await this.reader.describe(mintTicket(principal, node), column, call);
    if (column !== undefined) return this.dense(name, attributes, node, { dataType, ...grid }, column, selection);
    if (selection.length > 0) throw new TesseraError('not_acceptable', 'A part of a sparse array does not leave in this format: ask for the whole.');
    return { kind: 'array', name, attributes, dataType, grid, source: this.chunksOf(node, dataType, grid) };
  }

  private dense(name: string, attributes: JsonObject, node: Node, structure: ArrayStructure, column: string | undefined, selection: NonNullable<TreeRequest['selection']>): ArrayPlan {
    const { dataType, shape, chunks, dims } = structure;
    const ranges = resolveSelection(selection, shape);
    const kept = ranges.flatMap((range, axis) => (range.dropped ? [] : [axis]));
    const keptDims = dims && kept.map((axis) => dims[axis]!);
    const { reader, limits: { partByteLength }, request: { principal, call } } = this;
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (const part of partsOf(ranges, chunks, shape, dataType.itemsize, partByteLength)) {
        const asked = { selection: part, mediaType: 'application/octet-stream', ...(column === undefined ? {} : { column }) };
        yield* reader.readArray(mintTicket(principal, node), asked, call);
      }
    }
    return {
      kind: 'array', name, dataType,
      attributes: { ...timeAttributes(dataType), ...attributes, ...(keptDims && keptDims.length > 0 && !('DIMENSION_LABELS' in attributes) ? { DIMENSION_LABELS: keptDims } : {}) },
      grid: { shape: selectedShape(ranges), chunks: kept.map((axis) => chunks[axis]!) },
      source: { order: 'elements', pieces },
    };
  }

  private chunksOf(node: Node, dataType: DataType, grid: ChunkGrid): ArrayData {
    const stored = regularChunkShape(grid) ?? grid.chunks.map((chunks) => (typeof chunks === 'number' ? chunks : chunks.reduce((longest, length) => Math.max(longest, length), 1)));
    const chunkShape = stored.map((length, axis) => Math.max(1, Math.min(length, grid.shape[axis]!)));
    const counts = grid.shape.map((length, axis) => Math.ceil(length / chunkShape[axis]!));
    const total = counts.reduce((product, count) => product * count, 1);
    const chunkByteLength = chunkShape.reduce((product, length) => product * length, dataType.itemsize);
    const { reader, request: { principal, call } } = this;
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let ordinal = 0; ordinal < total; ordinal++) {
        const chunkIndex = new Array<number>(counts.length);
        counts.reduceRight((rest, count, axis) => {
          chunkIndex[axis] = rest % count;
          return Math.floor(rest / count);
        }, ordinal);
        const chunk = await reader.readChunk(mintTicket(principal, node), { chunkIndex, chunkShape, codecs: [{ name: 'bytes' }], isFilled: true }, call);
        yield chunk?.bytes ?? new Uint8Array(chunkByteLength);
      }
    }
    return { order: 'chunks', chunkShape, pieces };
  }

  /** Metadata of a node; those that follow xarray's convention keep their attributes under `attrs`. */
  private attributesOf(node: Node): JsonObject {
    this.count(JSON.stringify(node.metadata).length);
    const { attrs } = node.metadata;
    const followsXarray = node.specs.some(({ name }) => name.startsWith('xarray_'));
    return followsXarray && typeof attrs === 'object' && attrs !== null && !Array.isArray(attrs) ? attrs as JsonObject : node.metadata;
  }

  private count(metadataLength: number): void {
    this.nodeCount++;
    this.metadataLength += metadataLength;
    const { maxNodeCount, maxMetadataLength } = this.limits;
    if (this.nodeCount <= maxNodeCount && this.metadataLength <= maxMetadataLength) return;
    throw new TesseraError('too_large', `A file may have ${maxNodeCount} groups and arrays with ${maxMetadataLength} characters of metadata. Name some of the fields ('?field=...') or export a container further down.`);
  }
}

/** What cannot be in the file is named in it, with the reason. */
async function tryPlan(name: string, leftOut: string[], plan: () => Promise<unknown>): Promise<void> {
  try {
    await plan();
  } catch (error) {
    if (!isTesseraError(error) || !['gone', 'stale', 'unsupported', 'not_found', 'not_acceptable'].includes(error.code)) throw error;
    leftOut.push(`${name}: ${error.message}`);
  }
}

function withLeftOut(attributes: JsonObject, leftOut: readonly string[]): JsonObject {
  return leftOut.length === 0 ? attributes : { ...attributes, not_exported: leftOut };
}
