// The tree of a file as nodes: groups are containers, datasets arrays, links what they lead to.
import { checkKey, isTesseraError, type ByteStore, type Call, type IndexedNode, type JsonObject, type NodePath } from '@tessera/domain';
import { attributesAsMetadata, readAttributes } from './attributes.ts';
import { ChunkBudget } from './chunk-table.ts';
import { problemOf, unsupported } from './damage.ts';
import { indexDataset, type Conventions, type DatasetContext } from './dataset.ts';
import { findFile, lookForFile } from './external-file.ts';
import type { Hdf5File } from './hdf5-file.ts';
import { maxDepth, maxNodeCount, maxVirtualDepth } from './limits.ts';
import { readLinks } from './links.ts';
import type { Link } from './messages/link.ts';
import { messageType, readObjectHeader, type HeaderMessage } from './object-header.ts';
import { ReferencePaths } from './reference-paths.ts';
import { keyOf, type LinkResolver, type ObjectPlace } from './resolve-link.ts';

export interface TreeOptions {
  readonly store: ByteStore;
  readonly links: LinkResolver;
  readonly conventions: Conventions;
  readonly call?: Call | undefined;
}

export interface FoundNode {
  readonly node: IndexedNode;
  /** Of arrays: how far each axis of the dataset may grow; Infinity = without bound. */
  readonly maxShape?: readonly number[];
}

/** One walk over a file and those it links to. */
export class Tree {
  readonly #options: TreeOptions;
  readonly #budget = new ChunkBudget();
  readonly #references = new Map<string, ReferencePaths>();
  #nodeCount = 0;

  constructor(options: TreeOptions) {
    this.#options = options;
  }

  /** The object and all below it, parents first. @throws TesseraError gone if there are too many, or this object cannot be read. */
  async *nodesOf(place: ObjectPlace): AsyncGenerator<FoundNode> {
    yield* this.#objectNodes(place, await this.#headerOf(place), [], new Set());
  }

  #headerOf({ file, address }: ObjectPlace): Promise<HeaderMessage[]> {
    return file.steadily(() => readObjectHeader(file, address));
  }

  #count(): void {
    if (++this.#nodeCount > maxNodeCount) throw unsupported(`The HDF5 file shows more than ${maxNodeCount} groups and datasets, links counted; so many cannot be indexed`);
    this.#options.call?.signal?.throwIfAborted();
  }

  async *#objectNodes(place: ObjectPlace, messages: readonly HeaderMessage[], path: NodePath, ancestors: ReadonlySet<string>): AsyncGenerator<FoundNode> {
    const has = (type: number) => messages.some((message) => message.type === type);
    // A committed datatype has a type but nothing it describes: no node.
    if (!has(messageType.layout) && has(messageType.dataType)) return;
    this.#count();
    const metadata = await place.file.steadily(() => this.#metadataOf(place.file, messages));
    if (has(messageType.layout)) yield await this.#datasetNode(place, path, metadata);
    else yield* this.#groupNodes(place, messages, path, metadata, ancestors);
  }

  async #metadataOf(file: Hdf5File, messages: readonly HeaderMessage[]): Promise<JsonObject> {
    let references = this.#references.get(file.uri);
    if (!references) this.#references.set(file.uri, (references = new ReferencePaths(file)));
    const known = references;
    return attributesAsMetadata(file, await readAttributes(file, messages), (address) => known.pathOf(address));
  }

  async #datasetNode({ file, address }: ObjectPlace, path: NodePath, metadata: JsonObject): Promise<FoundNode> {
    try {
      // The header again: a shape and the index of its chunks belong together.
      const { structure, maxShape, manifest } = await file.steadily(async () => indexDataset(this.#datasetContext(file, 0), await readObjectHeader(file, address)));
      return { node: { path, structure: { family: 'array', array: structure }, metadata, specs: [], manifest }, maxShape };
    } catch (error) {
      return { node: { ...problemNode(path, problemOf(error)), metadata } };
    }
  }

  /** `depth` counts virtual datasets made of virtual datasets. */
  #datasetContext(file: Hdf5File, depth: number): DatasetContext {
    const { store, call, links, conventions } = this.#options;
    return {
      file,
      conventions,
      budget: this.#budget,
      findFile: (fileName) => findFile(store, file.uri, fileName, call),
      lookFor: (fileName) => lookForFile(store, file.uri, fileName, call),
      openArray: async (fileName, datasetPath) => {
        if (depth >= maxVirtualDepth) throw unsupported('The dataset is made of others that are made of others without end');
        const root = { file, address: file.superblock.rootAddress };
        try {
          const place = await (fileName === '.' ? links.lookup(root, datasetPath) : links.follow(root, { kind: 'external', fileName, path: datasetPath }));
          const messages = await readObjectHeader(place.file, place.address);
          return (await indexDataset(this.#datasetContext(place.file, depth + 1), messages)).manifest;
        } catch (error) {
          if (isTesseraError(error, 'not_found')) return undefined;
          throw error;
        }
      },
    };
  }

  async *#groupNodes(place: ObjectPlace, messages: readonly HeaderMessage[], path: NodePath, metadata: JsonObject, ancestors: ReadonlySet<string>): AsyncGenerator<FoundNode> {
    const group: IndexedNode = { path, structure: { family: 'container' }, metadata, specs: [] };
    let links: Link[];
    try {
      links = await place.file.steadily(() => readLinks(place.file, messages));
    } catch (error) {
      yield { node: { ...group, problem: problemOf(error) } };
      return;
    }
    yield { node: group };
    const above = new Set(ancestors).add(keyOf(place));
    const seen = new Set<string>();
    for (const link of links) {
      if (!isKey(link.name) || seen.has(link.name)) continue;
      seen.add(link.name);
      yield* this.#linkNodes(place, link, [...path, link.name], above);
    }
  }

  async *#linkNodes(group: ObjectPlace, link: Link, path: NodePath, ancestors: ReadonlySet<string>): AsyncGenerator<FoundNode> {
    let place: ObjectPlace;
    let messages: readonly HeaderMessage[];
    try {
      if (path.length > maxDepth) throw unsupported(`Groups are nested more than ${maxDepth} deep`);
      place = await this.#options.links.follow(group, link);
      if (ancestors.has(keyOf(place))) throw unsupported('The link leads back to a group that holds it');
      messages = await this.#headerOf(place);
    } catch (error) {
      this.#count();
      yield { node: problemNode(path, problemOf(error)) };
      return;
    }
    yield* this.#objectNodes(place, messages, path, ancestors);
  }
}

/** A key without data. Nothing is known of what it would be, so it has the family that needs no more. */
function problemNode(path: NodePath, problem: string): IndexedNode {
  return { path, structure: { family: 'bytes' }, metadata: {}, specs: [], problem };
}

function isKey(name: string): boolean {
  try {
    checkKey(name);
    return true;
  } catch {
    return false;
  }
}
