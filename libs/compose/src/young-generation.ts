import { setFlagsFromString } from 'node:v8';

const flag = '--max-semi-space-size';

/**
 * Keeps V8's young generation at its first size, 1 MiB, unless Node was started with a size for it. Every chunk that
 * passes is a buffer outside the heap; its wrapper dies young, but the memory counts until the young generation is
 * collected. Were that to grow to its usual 16 MiB, hundreds of megabytes of dead chunks would pile up between two
 * collections, and V8 would answer with full ones: they double the CPU of a request. Processes that pass chunks on by
 * gRPC hold each a little longer and do best with 8 MiB, which only a flag of Node can set (docs/adr/0011).
 */
export function keepYoungGenerationSmall(nodeArguments: readonly string[] = process.execArgv): void {
  if (nodeArguments.some((argument) => argument.startsWith(flag))) return;
  setFlagsFromString('--semi-space-growth-factor=1');
}
