// One HTTP request and its bounded answer, over a bounded pool of connections. Follows no redirect and undoes no encoding.
import { Agent as PlainAgent, request as plainRequest, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { createSecureContext, getCACertificates } from 'node:tls';
import { TesseraError, type Call } from '@tessera/domain';
import { certificateProblem } from './certificate-problem.ts';
import { collectBody, type BodyWindow } from './collect-body.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  /** Scheme, host and port; nothing else of it is used. */
  readonly origin: URL;
  /** Path and query, sent exactly so: what a signature covers, or a guard looked at, is what the server gets. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Which bytes of the answer's body are taken, decided by its head. @throws TesseraError to take none and fail. */
  readonly window: (status: number, headers: IncomingHttpHeaders) => BodyWindow;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/** Sends a request. @throws TesseraError unavailable if there is no whole answer, cancelled, deadline_exceeded. */
export type Send = (request: HttpRequest, call?: Call) => Promise<HttpAnswer>;

export interface HttpExchangeOptions {
  /** Connections to one host at once; further requests wait. */
  readonly maxConnections?: number;
  /** Longest silence of a server, and longest time until a connection stands. */
  readonly timeoutMs?: number;
  /** Of authorities that sign certificates of servers, besides those that Node.js knows; PEM. */
  readonly certificateAuthorities?: string;
}

/** A body that trickles in slower than this, over all, is given up: 32 KiB a second. */
const minBytesPerMs = 32;

export class HttpExchange {
  readonly #plain: PlainAgent;
  readonly #secure: SecureAgent;
  readonly #timeoutMs: number;

  constructor({ maxConnections = 64, timeoutMs = 20_000, certificateAuthorities }: HttpExchangeOptions = {}) {
    const pool = { keepAlive: true, maxSockets: maxConnections, maxFreeSockets: maxConnections, scheduling: 'lifo' } as const;
    this.#plain = new PlainAgent(pool);
    this.#secure = new SecureAgent({ ...pool, ...(certificateAuthorities === undefined ? {} : { secureContext: createSecureContext({ ca: [...getCACertificates('default'), certificateAuthorities] }) }) });
    this.#timeoutMs = timeoutMs;
  }

  readonly send: Send = (request, call) => {
    if (call?.signal?.aborted) return Promise.reject(cancelled());
    return new Promise((resolve, reject) => {
      const isSecure = request.origin.protocol === 'https:';
      const sent = (isSecure ? secureRequest : plainRequest)(this.#optionsOf(request, isSecure));
      const timers = new Set<NodeJS.Timeout>();
      const settle = () => {
        for (const timer of timers) clearTimeout(timer);
        call?.signal?.removeEventListener('abort', onAbort);
      };
      const fail = (error: unknown) => {
        settle();
        reject(asFailure(error));
        sent.destroy();
      };
      const failAfter = (ms: number, error: () => TesseraError) => timers.add(setTimeout(() => fail(error()), Math.max(0, Math.min(ms, 2 ** 31 - 1))));
      const onAbort = () => fail(cancelled());
      call?.signal?.addEventListener('abort', onAbort, { once: true });
      if (call?.deadlineMs !== undefined) failAfter(call.deadlineMs - Date.now(), deadlineExceeded);
      sent.on('timeout', () => fail(tooSlow()));
      sent.on('error', fail);
      sent.on('response', (response: IncomingMessage) => {
        take(request, response, (byteLength) => failAfter(this.#timeoutMs + byteLength / minBytesPerMs, tooSlow)).then((answer) => {
          settle();
          resolve(answer);
        }, fail);
      });
      sent.end(request.body);
    });
  };

  /** Drops idle connections. */
  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }

  #optionsOf({ method, origin, path, headers }: HttpRequest, isSecure: boolean): RequestOptions {
    return {
      method, path, headers,
      // An IPv6 address stands in brackets in a URL only.
      host: origin.hostname.replace(/^\[|\]$/g, ''), port: origin.port === '' ? (isSecure ? 443 : 80) : Number(origin.port),
      agent: isSecure ? this.#secure : this.#plain, timeout: this.#timeoutMs,
    };
  }
}

async function take(request: HttpRequest, response: IncomingMessage, expectBytes: (byteLength: number) => void): Promise<HttpAnswer> {
  const { statusCode: status = 0, headers } = response;
  if (request.method === 'HEAD') {
    response.resume();
    return { status, headers, body: new Uint8Array() };
  }
  const window = request.window(status, headers);
  expectBytes(window.skipByteLength + window.takeByteLength);
  return { status, headers, body: await collectBody(response, window) };
}

function asFailure(error: unknown): unknown {
  if ((error as Partial<TesseraError>).isTesseraError) return error;
  const problem = certificateProblem((error as { readonly code?: unknown }).code);
  return new TesseraError('unavailable', problem ?? 'The storage does not answer. Try again.', {}, { cause: error });
}

const cancelled = () => new TesseraError('cancelled', 'The caller went away.');
const deadlineExceeded = () => new TesseraError('deadline_exceeded', 'The storage did not answer in time.');
const tooSlow = () => new TesseraError('unavailable', 'The storage is too slow to answer. Try again.');
