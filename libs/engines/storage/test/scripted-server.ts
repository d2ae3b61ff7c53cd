import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A certificate and its key, PEM. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
}

/** A server on loopback whose answers a test makes up, one a request. */
export class ScriptedServer {
  /** Requests so far: method, path with query, and headers of each. */
  readonly requests: { readonly method: string; readonly path: string; readonly headers: IncomingMessage['headers'] }[] = [];
  /** Most connections that were open at once. */
  mostConnections = 0;
  answer: Answer = (_request, response) => void response.writeHead(404).end();
  readonly #server;
  readonly #scheme: string;
  #connections = 0;

  private constructor(tls: ServerTls | undefined) {
    const listener: RequestListener = (request, response) => {
      this.requests.push({ method: request.method!, path: request.url!, headers: request.headers });
      this.answer(request, response);
    };
    this.#server = tls ? createSecureServer(tls, listener) : createServer(listener);
    this.#scheme = tls ? 'https' : 'http';
  }

  static async start(tls?: ServerTls): Promise<ScriptedServer> {
    const server = new ScriptedServer(tls);
    server.#server.on('connection', (socket) => {
      server.mostConnections = Math.max(server.mostConnections, ++server.#connections);
      socket.once('close', () => server.#connections--);
    });
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

/** Answers with the wanted part of an object, as a server that knows ranges and tags does. */
export function serveBytes(bytes: Uint8Array, etag = '"one"'): Answer {
  return (request, response) => {
    const common = { etag, 'last-modified': 'Sat, 21 Nov 2026 10:00:00 GMT' };
    if (request.headers['if-match'] !== undefined && request.headers['if-match'] !== etag) return void response.writeHead(412, common).end();
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    if (first === undefined) return void response.writeHead(200, { ...common, 'content-length': bytes.byteLength }).end(request.method === 'HEAD' ? undefined : bytes);
    const part = bytes.subarray(Number(first), last ? Number(last) + 1 : undefined);
    if (part.byteLength === 0) return void response.writeHead(416, { ...common, 'content-range': `bytes */${bytes.byteLength}` }).end();
    response.writeHead(206, { ...common, 'content-length': part.byteLength, 'content-range': `bytes ${first}-${Number(first) + part.byteLength - 1}/${bytes.byteLength}` }).end(part);
  };
}

/** One answer after the other; the last one stays. */
export function inTurn(...answers: readonly Answer[]): Answer {
  let next = 0;
  return (request, response) => answers[Math.min(next++, answers.length - 1)]!(request, response);
}

export function status(code: number, headers: Record<string, string> = {}, body = ''): Answer {
  return (_request, response) => void response.writeHead(code, headers).end(body);
}

/** Sends some of what it promised, then breaks off. */
export const cutOff: Answer = (_request, response) => {
  response.writeHead(206, { 'content-length': 10, 'content-range': 'bytes 0-9/100' });
  response.write('12345', () => response.destroy());
};

export const resetConnection: Answer = (request) => void request.socket.resetAndDestroy();
