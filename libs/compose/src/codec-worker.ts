// The program of a codec thread: what is built in, and the codecs of the plug-ins that it is started with.
import { parentPort, workerData } from 'node:worker_threads';
import { codecs, serveCodecJobs } from '@tessera/codecs';
import { threadCodecs, type CodecPlugin } from '@tessera/plugins';

/** What the pool of threads hands to each. */
export interface CodecWorkerData {
  readonly plugins: readonly CodecPlugin[];
}

const { plugins } = workerData as CodecWorkerData;

serveCodecJobs(parentPort!, (tell) => threadCodecs(codecs, plugins, (plugin, activity, error) => tell({ plugin, activity, error: asError(error) })));

/** Between threads an error keeps what errors have, and nothing else. */
function asError(thrown: unknown): Error {
  const error = new Error(thrown instanceof Error ? thrown.message : String(thrown));
  if (thrown instanceof Error && thrown.stack !== undefined) error.stack = thrown.stack;
  return error;
}
