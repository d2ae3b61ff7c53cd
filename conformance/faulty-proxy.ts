// A proxy on loopback that fails as networks and overloaded servers do: one request in three, in turn in every way.
import { createServer, request as sendRequest, type IncomingMessage, type ServerResponse } from 'node:http';

export interface FaultyProxy {
  readonly url: string;
  /** How often it failed. */
  readonly faultCount: number;
  close(): Promise<void>;
}

type Fault = (answer: IncomingMessage, response: ServerResponse) => void;

const faults: readonly Fault[] = [
  function slowDown(answer, response) {
    answer.resume();
    response.writeHead(503, { 'content-type': 'application/xml' }).end('<Error><Code>SlowDown</Code></Error>');
  },
  function reset(answer, response) {
    answer.resume();
    response.socket?.resetAndDestroy();
  },
  function cutBody(answer, response) {
    response.writeHead(answer.statusCode!, answer.headers);
    answer.once('data', (piece: Buffer) => response.write(piece.subarray(0, Math.floor(piece.byteLength / 2)), () => response.destroy()));
    answer.once('end', () => response.destroy());
  },
  function badGateway(answer, response) {
    answer.resume();
    response.writeHead(502).end('<html>a page, not an answer</html>');
  },
  function silence(answer) {
    answer.resume();
  },
];

export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  let requestCount = 0;
  let faultCount = 0;
  const server = createServer((request, response) => {
    const upstream = sendRequest(`${target}${request.url!}`, { method: request.method!, headers: request.headers }, (answer) => {
      if (++requestCount % 3 === 0) return faults[faultCount++ % faults.length]!(answer, response);
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    request.pipe(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    get faultCount() { return faultCount; },
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
