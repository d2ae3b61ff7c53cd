import { isTesseraError, type NodeDraft, type Registration } from '@tessera/domain';
import { IngestService } from '@tessera/indexer';
import type { Engines } from '@tessera/plugins';
import type { BuiltPorts } from './build.ts';
import type { Closers } from './closers.ts';
import type { Config } from './config.ts';
import { demoUri } from './formats.ts';
import { ingestPrincipal } from './ingest-principal.ts';
import type { Logger } from './logger.ts';
import { describeReport, progressReporter } from './report-progress.ts';
import { registerSqlTables } from './register-sql-tables.ts';
import { servedUri } from './served-path.ts';
import type { Storage } from './storage.ts';

const say = (line: string) => process.stderr.write(`${line}\n`);

/**
 * Fills the catalog with what is served: the demo, or the files of the configured paths, walked in the background
 * while the server answers already. SIGHUP walks them again.
 */
export async function serveContent(ports: BuiltPorts, { storage, engines }: { readonly storage: Storage; readonly engines: Engines }, config: Config, logger: Logger, closers: Closers, signal: AbortSignal): Promise<void> {
  const tables = registerSqlTables(ports, config, say, signal).catch((error: unknown) => logger.error({ err: error }, 'registering tables of databases failed'));
  closers.add('tables of databases', () => tables);
  if (config.serve.paths.length === 0) {
    if (!config.serve.empty && Object.keys(config.sql.tables).length === 0) await registerDemo(ports);
    return;
  }
  const uris = config.serve.paths.map(servedUri);
  const ingest = new IngestService(ports.catalog!, ports.indexer!, storage.store, engines.formats);
  let walking = Promise.resolve();
  const walk = () => {
    walking = walking.then(async () => {
      try {
        const report = await ingest.ingest(ingestPrincipal, uris, { onProgress: progressReporter(say), signal });
        describeReport(report).forEach(say);
      } catch (error) {
        if (signal.aborted) return;
        logger.error({ err: error }, 'indexing failed');
        say(`Indexing failed: ${isTesseraError(error) ? error.message : 'see the log'}`);
      }
    });
  };
  process.on('SIGHUP', walk);
  closers.add('walk', () => {
    process.off('SIGHUP', walk);
    return walking;
  });
  walk();
}

/** The demo tree, each top-level node a subtree of its own. */
async function registerDemo({ catalog, indexer }: BuiltPorts): Promise<void> {
  const subtrees = new Map<string, NodeDraft[]>();
  for await (const draft of indexer!.index({ uri: demoUri })) {
    const [key, ...path] = draft.path;
    if (key === undefined) continue;
    subtrees.set(key, [...(subtrees.get(key) ?? []), { ...draft, path }]);
  }
  const registrations: Registration[] = [...subtrees].map(([key, drafts]) => ({ parent: [], key, drafts, ifExists: 'replace' }));
  await catalog!.register(ingestPrincipal, registrations);
}
