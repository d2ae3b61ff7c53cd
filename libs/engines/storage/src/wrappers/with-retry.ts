import { setTimeout as sleep } from 'node:timers/promises';
import { TesseraError, isTesseraError, type Call } from '@tessera/domain';
import type { HttpAnswer, Send } from '../http/http-exchange.ts';

export interface RetryOptions {
  /** How often a request is sent in all. */
  readonly attempts?: number;
  /** The wait after the first failure is anywhere between nothing and this; it may be twice as long after each further one. */
  readonly baseDelayMs?: number;
  readonly maxDelayMs?: number;
  /** Whether an answer of another status than the usual ones is a passing failure. */
  readonly isPassing?: (answer: HttpAnswer) => boolean;
  /** From 0 to 1; for tests. */
  readonly random?: () => number;
}

/** Request timeout, too early, too many requests, and what servers and proxies say when they are overloaded or restarted. */
const passingStatuses = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Sends again what failed for the moment: no whole answer, or one of the server's own failures; never what the request is
 * to blame for. Waits a random time up to a bound that doubles ("full jitter"), so that clients that failed together do not
 * come back together; longer if the server says so.
 */
export function withRetry(send: Send, options: RetryOptions = {}): Send {
  const { attempts = 5, baseDelayMs = 100, maxDelayMs = 5000, isPassing = () => false, random = Math.random } = options;
  return async (request, call) => {
    for (let attempt = 1; ; attempt++) {
      const outcome = await send(request, call).catch((error: unknown) => {
        if (attempt < attempts && isTesseraError(error, 'unavailable')) return undefined;
        throw error;
      });
      if (outcome && (attempt >= attempts || !(passingStatuses.has(outcome.status) || isPassing(outcome)))) return outcome;
      const bound = Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1));
      await pause(Math.max(random() * bound, Math.min(retryAfterMs(outcome), maxDelayMs)), call);
    }
  };
}

/** What a server asks for (RFC 9110, section 10.2.3), in seconds; its form as a date is left alone. */
function retryAfterMs(answer: HttpAnswer | undefined): number {
  const seconds = Number(answer?.headers['retry-after'] ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}

async function pause(delayMs: number, call: Call | undefined): Promise<void> {
  if (call?.deadlineMs !== undefined && Date.now() + delayMs > call.deadlineMs) throw new TesseraError('deadline_exceeded', 'The storage did not answer in time.');
  try {
    await sleep(delayMs, undefined, call?.signal ? { signal: call.signal } : {});
  } catch {
    throw new TesseraError('cancelled', 'The caller went away.');
  }
}
