export * from './registry.ts';
export * from './load-codec.ts';
export * from './pipeline.ts';
export * from './measure-strings.ts';
export { codecNames, isSelfContained, type CodecJob } from './workers/codec-job.ts';
export { CodecPool } from './workers/codec-pool.ts';
