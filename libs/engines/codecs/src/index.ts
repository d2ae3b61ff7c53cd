export * from './registry.ts';
export * from './load-codec.ts';
export * from './pipeline.ts';
export * from './measure-strings.ts';
export { codecNames, type CodecJob, type ThreadFault } from './workers/codec-job.ts';
export { CodecPool, type CodecPoolOptions } from './workers/codec-pool.ts';
export { serveCodecJobs } from './workers/serve-codec-jobs.ts';
