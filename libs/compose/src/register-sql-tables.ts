import { toTesseraError, type NodeDraft, type NodePath, type Registration } from '@tessera/domain';
import type { BuiltPorts } from './build.ts';
import type { Config } from './config.ts';
import { ingestPrincipal } from './ingest-principal.ts';
import { sqlSourceUri } from './sql-sources.ts';

const mediaType = 'application/x-sql';
const container: NodeDraft = { path: [], structure: { family: 'container' }, metadata: {}, specs: [] };

/** The configured tables of databases, each at its path. One that cannot be read is a node with a problem, which is tried again when it is asked for. */
export async function registerSqlTables({ catalog, indexer }: BuiltPorts, config: Config, say: (line: string) => void, signal: AbortSignal): Promise<void> {
  for (const path of Object.keys(config.sql.tables)) {
    if (signal.aborted) return;
    const keys = path.split('/');
    await catalog!.register(ingestPrincipal, foldersAbove(keys));
    const uri = sqlSourceUri(path);
    let drafts: NodeDraft[];
    try {
      drafts = await Array.fromAsync(indexer!.index({ uri, mediaType }, { signal }));
    } catch (error) {
      const problem = toTesseraError(error).message;
      say(`${path}: ${problem}`);
      drafts = [{ ...container, problem, dataSource: { mediaType, management: 'external', assets: [{ uri, isDirectory: false, parameter: 'data_uri' }] } }];
    }
    await catalog!.register(ingestPrincipal, [{ parent: keys.slice(0, -1), key: keys.at(-1)!, drafts, ifExists: 'replace' }]);
  }
}

function foldersAbove(path: NodePath): Registration[] {
  return path.slice(0, -1).map((key, depth) => ({ parent: path.slice(0, depth), key, drafts: [container], ifExists: 'keep' }));
}
