import type { IndexedNode, Source } from '@tessera/domain';
import type { SteadyStore } from '@tessera/storage';

/** A node whose sources and assets tell all that was seen of them: formats note what a file system knows, stores may know more. */
export function withSeenFacts(node: IndexedNode, store: SteadyStore): IndexedNode {
  const completed = <Kind extends Source>(sources: readonly Kind[]): readonly Kind[] => sources.map((source) => store.completed(source));
  const { manifest, dataSource } = node;
  const blocks = manifest?.kind === 'sparse' ? { blocks: { ...manifest.blocks, sources: completed(manifest.blocks.sources) } } : {};
  return {
    ...node,
    ...(manifest ? { manifest: { ...manifest, ...blocks, sources: completed(manifest.sources) } } : {}),
    ...(dataSource ? { dataSource: { ...dataSource, assets: completed(dataSource.assets) } } : {}),
  };
}
