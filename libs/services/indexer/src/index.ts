export * from './indexer.service.ts';
export * from './ingest.service.ts';
export * from './ingest-report.ts';
export * from './node-keys.ts';
