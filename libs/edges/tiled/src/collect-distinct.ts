import { TesseraError, type Json, type Node } from '@tessera/domain';

export interface DistinctRequest {
  /** Dotted keys of metadata. */
  readonly metadata: readonly string[];
  readonly structureFamilies: boolean;
  readonly specs: boolean;
  readonly counts: boolean;
}

export interface DistinctValue {
  readonly value: unknown;
  readonly count: number | null;
}

/** Each section is null if it was not asked for. */
export interface DistinctDocument {
  readonly metadata: Record<string, DistinctValue[]> | null;
  readonly structure_families: DistinctValue[] | null;
  readonly specs: DistinctValue[] | null;
}

/** Different values are kept in memory: more than these are no answer to look at. */
const maxValues = 10_000;

/** The different values among nodes, in the order in which they appear. @throws TesseraError too_large if there are very many. */
export async function collectDistinct(nodes: AsyncIterable<Node>, request: DistinctRequest): Promise<DistinctDocument> {
  const byKey = new Map(request.metadata.map((key) => [key, new Tally()]));
  const families = request.structureFamilies ? new Tally() : undefined;
  const specs = request.specs ? new Tally() : undefined;
  for await (const node of nodes) {
    for (const [key, tally] of byKey) {
      const value = valueAt(node.metadata, key.split('.'));
      if (value !== undefined && value !== null) tally.add(value);
    }
    families?.add(node.structure.family);
    specs?.add(node.specs.map(({ name, version }) => ({ name, version: version ?? null })));
  }
  return {
    metadata: byKey.size === 0 ? null : Object.fromEntries([...byKey].map(([key, tally]) => [key, tally.list(request.counts)])),
    structure_families: families?.list(request.counts) ?? null,
    specs: specs?.list(request.counts) ?? null,
  };
}

class Tally {
  private readonly counts = new Map<string, { readonly value: unknown; count: number }>();

  add(value: unknown): void {
    const name = JSON.stringify(value);
    const known = this.counts.get(name);
    if (known) known.count++;
    else if (this.counts.size < maxValues) this.counts.set(name, { value, count: 1 });
    else throw new TesseraError('too_large', `There are more than ${maxValues} different values; narrow the search with filters.`);
  }

  list(withCounts: boolean): DistinctValue[] {
    return [...this.counts.values()].map(({ value, count }) => ({ value, count: withCounts ? count : null }));
  }
}

function valueAt(value: Json | undefined, path: readonly string[]): Json | undefined {
  for (const key of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key)) return undefined;
    value = (value as { readonly [name: string]: Json })[key];
  }
  return value;
}
