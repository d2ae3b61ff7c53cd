import type { Call, IndexedNode, Manifest, ManifestStore, NodeDraft } from '@tessera/domain';

/** Bounds of what waits to be stored together. */
const maxWaitingNodes = 4096;
const maxWaitingByteLength = 16 * 2 ** 20;

/** What a manifest takes besides its binary parts: a header with shapes, codecs, URIs. */
const headerByteLength = 1024;

/** Stores the manifests of a file in bundles of bounded size, and names them in the drafts, in order. */
export class ManifestBundler {
  readonly #manifests: ManifestStore;
  readonly #call: Call | undefined;
  #waiting: IndexedNode[] = [];
  #byteLength = 0;

  constructor(manifests: ManifestStore, call: Call | undefined) {
    this.#manifests = manifests;
    this.#call = call;
  }

  /** The drafts that are ready: none until a bundle is full. */
  async add(node: IndexedNode): Promise<readonly NodeDraft[]> {
    this.#waiting.push(node);
    if (node.manifest) this.#byteLength += sizeOf(node.manifest);
    return this.#waiting.length >= maxWaitingNodes || this.#byteLength >= maxWaitingByteLength ? this.finish() : [];
  }

  async finish(): Promise<readonly NodeDraft[]> {
    const nodes = this.#waiting;
    this.#waiting = [];
    this.#byteLength = 0;
    const manifests = nodes.flatMap((node) => node.manifest ?? []);
    const ids = manifests.length === 0 ? [] : await this.#manifests.put(manifests, this.#call);
    let next = 0;
    return nodes.map(({ manifest, ...draft }) => (manifest ? { ...draft, manifestId: ids[next++]! } : draft));
  }
}

/** About as many bytes as the manifest takes: its typed arrays, and a header. */
function sizeOf(value: Manifest): number {
  const binary = (part: unknown): number => {
    if (ArrayBuffer.isView(part)) return part.byteLength;
    if (Array.isArray(part)) return part.length * 32;
    if (typeof part !== 'object' || part === null) return 0;
    return Object.values(part).reduce((sum: number, item) => sum + binary(item), 0);
  };
  return headerByteLength + binary(value);
}
