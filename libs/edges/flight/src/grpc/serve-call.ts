// A call of gRPC over one HTTP/2 stream: its method, headers, messages, deadline and status.
import { TesseraError, type Call } from '@tessera/domain';
import type { Http2Stream } from '../http2/http2-stream.ts';
import type { MessageParts } from '../messages/flight-data.ts';
import { servicePath, type FlightMethod, type FlightMethods, type IncomingCall } from '../service/flight-method.ts';
import { messagePrefix, messagesIn } from './grpc-messages.ts';
import { isOurFault, okTrailers, statusTrailers } from './grpc-status.ts';

/** Gets errors that are our own fault, to log them. */
export type ReportError = (error: unknown, method: string) => void;

const contentType = 'application/grpc';
const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };
/** Timers of Node count in 31 bits. */
const mostTimerMs = 2 ** 31 - 1;

/** Serves a stream to its end; never throws. */
export async function serveCall(stream: Http2Stream, methods: FlightMethods, report: ReportError): Promise<void> {
  if (!(stream.headers.get('content-type') ?? '').startsWith(contentType) || stream.headers.get(':method') !== 'POST') return stream.end([[':status', '415']]);
  const answer = new Answer(stream);
  const name = (stream.headers.get(':path') ?? '').slice(servicePath.length + 2) as keyof FlightMethods;
  const deadline = new Deadline(stream.headers.get('grpc-timeout'));
  try {
    const method = stream.headers.get(':path') === `/${servicePath}/${name}` && Object.hasOwn(methods, name) ? methods[name] : undefined;
    if (!method) throw new TesseraError('unsupported', 'There is no such method: this is an Arrow Flight service.');
    await Promise.race([run(stream, method, answer, deadline), deadline.passed]);
    answer.end(okTrailers);
  } catch (error) {
    if (isOurFault(error) && !stream.signal.aborted) report(error, name);
    answer.end(statusTrailers(error));
  } finally {
    deadline.clear();
  }
}

async function run(stream: Http2Stream, method: FlightMethod, answer: Answer, deadline: Deadline): Promise<void> {
  const requests = messagesIn(stream.body());
  const incoming = incomingCall(stream, answer, deadline);
  switch (method.kind) {
    case 'unary':
      await answer.send(await method.serve(await only(requests), incoming));
      return;
    case 'stream':
      return answer.sendAll(method.serve(await only(requests), incoming));
    case 'dialogue':
      return answer.sendAll(method.serve(requests, incoming));
  }
}

async function only(requests: AsyncIterable<Buffer>): Promise<Buffer> {
  for await (const request of requests) return request;
  throw new TesseraError('invalid_argument', 'The request has no message.');
}

function incomingCall(stream: Http2Stream, answer: Answer, deadline: Deadline): IncomingCall {
  const header = (name: string) => {
    const value = stream.headers.get(name);
    return value !== undefined && name.endsWith('-bin') ? Buffer.from(value, 'base64').toString() : value;
  };
  const traceparent = header('traceparent');
  const call: Call = {
    signal: deadline.timeMs === undefined ? stream.signal : AbortSignal.any([stream.signal, deadline.signal]),
    ...(deadline.timeMs === undefined ? {} : { deadlineMs: deadline.timeMs }), ...(traceparent === undefined ? {} : { traceparent }),
  };
  return { header, call, sendHeader: (name, value) => answer.addHeader(name, value) };
}

/** What goes back: headers, messages, trailers; or trailers alone. */
class Answer {
  readonly #stream: Http2Stream;
  readonly #headers: [string, string][] = [[':status', '200'], ['content-type', contentType], ['grpc-accept-encoding', 'identity']];
  #hasBegun = false;
  #hasEnded = false;

  constructor(stream: Http2Stream) {
    this.#stream = stream;
  }

  addHeader(name: string, value: string): void {
    this.#headers.push([name, value]);
  }

  /** False if nobody takes it any more. */
  async send(parts: MessageParts): Promise<boolean> {
    if (this.#hasEnded) return false;
    if (!this.#hasBegun) this.#stream.sendHeaders(this.#headers);
    this.#hasBegun = true;
    return this.#stream.send([messagePrefix(parts.reduce((sum, part) => sum + part.byteLength, 0)), ...parts]);
  }

  /** No faster than they are taken; lets go of them when nobody takes them any more. */
  async sendAll(messages: AsyncIterable<MessageParts>): Promise<void> {
    for await (const parts of messages) {
      if (!(await this.send(parts))) return;
    }
  }

  end(trailers: readonly (readonly [string, string])[]): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#stream.end(this.#hasBegun ? trailers : [...this.#headers, ...trailers]);
  }
}

/** The time that a caller gives, as `grpc-timeout` says it. */
class Deadline {
  readonly timeMs: number | undefined;
  /** Rejects when it has passed. */
  readonly passed: Promise<never>;
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(header: string | undefined) {
    const [, count, unit] = /^(\d{1,8})([HMSmun])$/.exec(header ?? '') ?? [];
    const timeoutMs = count === undefined ? undefined : Number(count) * unitMs[unit!]!;
    this.timeMs = timeoutMs === undefined ? undefined : Date.now() + timeoutMs;
    this.passed = new Promise((_, reject) => {
      if (timeoutMs === undefined || timeoutMs > mostTimerMs) return;
      this.#timer = setTimeout(() => {
        const error = new TesseraError('deadline_exceeded', 'The answer did not come in time.');
        this.#controller.abort(error);
        reject(error);
      }, timeoutMs);
    });
    this.passed.catch(() => undefined);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
