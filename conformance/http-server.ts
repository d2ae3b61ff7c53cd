// A server of files that answers ranges as RFC 9110 has it: what nginx and its like do.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

export interface FolderServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves a folder on loopback until it is closed. */
export async function serveFolder(folder: string): Promise<FolderServer> {
  const server = createServer((request, response) => {
    answer(folder, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

async function answer(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const file = await open(join(folder, decodeURIComponent(new URL(request.url!, 'http://here').pathname))).catch(() => undefined);
  const stats = await file?.stat({ bigint: true });
  if (!file || !stats?.isFile()) {
    await file?.close();
    response.writeHead(404).end();
    return;
  }
  const bytes = await file.readFile().finally(() => file.close());
  const headers = { etag: `"${stats.ino}-${stats.mtimeNs}-${stats.size}"`, 'last-modified': stats.mtime.toUTCString(), 'accept-ranges': 'bytes' };
  if (request.headers['if-match'] !== undefined && request.headers['if-match'] !== headers.etag) {
    response.writeHead(412).end();
    return;
  }
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  if (first === undefined) {
    response.writeHead(200, { ...headers, 'content-length': bytes.byteLength }).end(request.method === 'HEAD' ? undefined : bytes);
  } else if (Number(first) >= bytes.byteLength) {
    response.writeHead(416, { ...headers, 'content-range': `bytes */${bytes.byteLength}` }).end();
  } else {
    const part = bytes.subarray(Number(first), last ? Number(last) + 1 : undefined);
    response.writeHead(206, { ...headers, 'content-length': part.byteLength, 'content-range': `bytes ${first}-${Number(first) + part.byteLength - 1}/${bytes.byteLength}` }).end(part);
  }
}
