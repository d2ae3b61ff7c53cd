import { Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { TesseraError, type Catalog } from '@tessera/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { Public, RequireScopes } from './access.ts';
import { apiBase } from './api-base.ts';
import { createHttpApp } from './create-http-app.ts';
import { fakeIdentity, fakeLogger, fakeOptions, fakePorts } from './http.fake.ts';
import type { HttpOptions, Ports } from './http-options.ts';
import { listRoutes } from './list-routes.ts';
import { principalOf } from './principal.guard.ts';
import { nodePathOf } from './request-path.ts';
import { sendDocument } from './send-document.ts';
import { CATALOG } from './tokens.ts';

@Controller('api/v1')
class EchoController {
  constructor(@Inject(CATALOG) private readonly catalog: Catalog) {}

  @RequireScopes('read:metadata')
  @Get(['echo', 'echo/*'])
  async echo(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await sendDocument(request, reply, { path: nodePathOf(request), who: principalOf(request).id, base: apiBase(request), query: request.query });
  }

  @RequireScopes('write:data')
  @Post('echo')
  async write(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await sendDocument(request, reply, { body: request.body ?? null });
  }

  @Public()
  @Get('open')
  async open(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await sendDocument(request, reply, { hasCatalog: typeof this.catalog === 'object' });
  }

  @Get('undeclared')
  async undeclared(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await sendDocument(request, reply, { secret: true });
  }

  @Public()
  @Get('fails/:how')
  async fails(@Req() request: FastifyRequest) {
    const { how } = request.params as { how: string };
    if (how === 'known') throw new TesseraError('conflict', 'Another has it.');
    if (how === 'items') throw new TesseraError('unprocessable', 'bad', { items: [{ type: 'missing', loc: ['query', 'a'], msg: 'Field required', input: null }] });
    throw new Error('the password is hunter2');
  }
}

let app: NestFastifyApplication | undefined;
let origin = '';

async function start(options: Partial<HttpOptions> = {}, ports: Ports = fakePorts()) {
  app = await createHttpApp({ ports, fronts: [EchoController], options: fakeOptions(options) });
  await app.listen(0, '127.0.0.1');
  origin = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
}

/** A request with the target as written: fetch would clean it up. */
function rawGet(target: string, headers: Record<string, string> = {}, method = 'GET'): Promise<{ status: number; headers: IncomingMessage['headers']; text: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin);
    httpRequest({ hostname, port, path: target, headers, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text: Buffer.concat(chunks).toString() }));
    }).on('error', reject).end();
  });
}

afterEach(async () => {
  await app?.close();
  app = undefined;
});

describe('paths', () => {
  it('are the same node with doubled and trailing slashes, and decoded once', async () => {
    await start();
    for (const [target, path] of [
      ['/api/v1/echo', []], ['/api/v1/echo/', []], ['/api/v1//echo//', []],
      ['/api/v1/echo/a/b', ['a', 'b']], ['/api/v1/echo//a//b/', ['a', 'b']], ['//api/v1/echo/a', ['a']],
      ['/api/v1/echo/%C3%BC%20x', ['ü x']], ['/api/v1/echo/100%2525', ['100%25']], ['/api/v1/echo/a%3Fb%23c', ['a?b#c']],
      ['/api/v1/echo/a%2Fb', ['a/b']], ['/api/v1/echo/100%/%zz', ['100%', '%zz']], ['/api/v1/%65cho/a', ['a']], [`/api/v1/echo/${'k'.repeat(1000)}/x`, ['k'.repeat(1000), 'x']],
    ] as const) {
      const answer = await rawGet(target);
      expect([target, answer.status, JSON.parse(answer.text).path]).toEqual([target, 200, path]);
    }
  });

  it('with broken escapes are refused with a sentence', async () => {
    await start();
    const answer = await rawGet('/api/v1/echo/%ff');
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(typeof JSON.parse(answer.text).detail).toBe('string');
  });

  it('with broken escapes keep the key of their query to themselves', async () => {
    const logger = fakeLogger();
    await start({ logger });
    const answer = await rawGet('/api/v1/echo/%ff?api_key=secret');
    expect(answer.status).toBe(400);
    expect(answer.text + JSON.stringify(logger.lines)).not.toContain('secret');
  });

  it('may name scheme and host, as proxies do', async () => {
    await start();
    for (const [target, path] of [['http://other:1/api/v1/echo/a?x=http://b/c', ['a']], ['HTTPS://other/api/v1/echo', []]] as const) {
      const answer = await rawGet(target);
      expect([target, answer.status, JSON.parse(answer.text).path]).toEqual([target, 200, path]);
    }
    expect((await rawGet('http://other')).status).toBe(404);
  });

  it('may carry the root path or not, and links always do', async () => {
    await start({ rootPath: '/data/' });
    for (const target of ['/data/api/v1/echo/a', '/api/v1/echo/a']) {
      const answer = await rawGet(target, { host: 'h:1' });
      expect(JSON.parse(answer.text)).toMatchObject({ path: ['a'], base: 'http://h:1/data/api/v1' });
    }
  });

  it('that are too long get 414, headers that are too long 431', async () => {
    await start();
    const long = await rawGet(`/api/v1/echo/${'k'.repeat(20_000)}`);
    expect(long.status).toBe(414);
    const huge = await rawGet('/api/v1/echo', { 'x-long': 'k'.repeat(40_000) });
    expect(huge.status).toBe(431);
    expect(JSON.parse(huge.text).detail).toMatch(/too long/);
  });
});

describe('links', () => {
  it('start with what the proxy says the client sees', async () => {
    await start();
    const base = async (headers: Record<string, string>) => JSON.parse((await rawGet('/api/v1/echo', headers)).text).base;
    expect(await base({ host: 'a.example:8000' })).toBe('http://a.example:8000/api/v1');
    expect(await base({ host: 'a', 'x-forwarded-host': 'b.example, c', 'x-forwarded-proto': 'https' })).toBe('https://b.example/api/v1');
    expect(await base({ host: '[::1]:8000' })).toBe('http://[::1]:8000/api/v1');
    for (const host of ['"><script>', '[::1', 'a:99999', 'a:b']) expect([host, await base({ host: 'a', 'x-forwarded-host': host })]).toEqual([host, 'http://localhost/api/v1']);
  });

  it('start with the configured base if there is one', async () => {
    await start({ baseUrl: 'https://data.example.org/', rootPath: 'x' });
    expect(JSON.parse((await rawGet('/api/v1/echo', { 'x-forwarded-host': 'b' })).text).base).toBe('https://data.example.org/x/api/v1');
  });
});

describe('access', () => {
  it('is refused by a route that declares none', async () => {
    await start();
    const answer = await rawGet('/api/v1/undeclared', { authorization: 'Apikey secret' });
    expect(answer.status).toBe(403);
    expect(answer.text).not.toContain('true');
    expect(listRoutes(app!).filter(({ access }) => !access).map(({ handler }) => handler)).toEqual(['undeclared']);
  });

  it('is told by query, header of any case, or cookie; the first of them counts', async () => {
    await start();
    const who = async (target: string, headers: Record<string, string>) => JSON.parse((await rawGet(target, headers)).text).who;
    expect(await who('/api/v1/echo', {})).toBe('anonymous');
    expect(await who('/api/v1/echo?api_key=secret', { authorization: 'Apikey wrong' })).toBe('single-user');
    expect(await who('/api/v1/echo', { authorization: 'aPiKeY secret' })).toBe('single-user');
    expect(await who('/api/v1/echo', { cookie: 'x=1; tiled_api_key=secret' })).toBe('single-user');
  });

  it('of a wrong key is 401 even where anybody may read, and of another scheme 400', async () => {
    await start();
    const wrong = await rawGet('/api/v1/echo', { authorization: 'Apikey wrong' });
    expect([wrong.status, JSON.parse(wrong.text)]).toEqual([401, { detail: 'Invalid API key' }]);
    expect((await rawGet('/api/v1/echo', { authorization: 'Bearer x' })).status).toBe(401);
    expect((await rawGet('/api/v1/echo', { authorization: 'Basic eA==' })).status).toBe(400);
    expect((await rawGet('/api/v1/echo?api_key=a&api_key=b')).status).toBe(400);
  });

  it('without the scopes is 401 with the scopes that are missing', async () => {
    await start({}, fakePorts({ identity: fakeIdentity(false) }));
    const answer = await rawGet('/api/v1/echo', { host: 'h' });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer scope="read:metadata"');
    expect(answer.headers['x-tiled-root']).toBe('http://h/api/v1');
    expect(JSON.parse(answer.text).detail).toBe("Not enough permissions. Requires scopes ['read:metadata']. Request had scopes []");
    expect((await rawGet('/api/v1/open')).status).toBe(200);
  });

  it('by query key sets the cookie, unless it is there', async () => {
    await start();
    const first = await rawGet('/api/v1/echo?api_key=secret');
    expect(first.headers['set-cookie']).toContain('tiled_api_key=secret; HttpOnly; Path=/; SameSite=lax');
    const again = await rawGet('/api/v1/echo?api_key=secret', { cookie: 'tiled_api_key=secret; tiled_csrf=x' });
    expect(again.headers['set-cookie']).toBeUndefined();
    expect((await rawGet('/api/v1/open?api_key=secret')).headers['set-cookie']).toHaveLength(1);
  });

  it('of an unsafe request by cookie needs the csrf token', async () => {
    await start();
    const cookie = 'tiled_api_key=secret; tiled_csrf=token';
    expect((await rawGet('/api/v1/echo', { cookie }, 'POST')).status).toBe(403);
    expect((await rawGet('/api/v1/echo', { cookie, 'x-csrf': 'other' }, 'POST')).status).toBe(403);
    expect((await rawGet('/api/v1/echo', { cookie, 'x-csrf': 'token' }, 'POST')).status).toBe(200);
    expect((await rawGet('/api/v1/echo', { authorization: 'Apikey secret' }, 'POST')).status).toBe(200);
  });
});

describe('every answer', () => {
  it('carries an id, Vary, timing and the csrf cookie; errors and 404 too', async () => {
    await start();
    for (const target of ['/api/v1/echo', '/nowhere', '/api/v1/fails/known', '/healthz', '/api/v1/echo/%zz']) {
      const { headers } = await rawGet(target);
      if (!target.includes('%')) {
        expect(headers['x-tiled-request-id']).toMatch(/^[0-9a-f]{16}$/);
        expect(headers['vary']).toBe('Origin');
        expect(headers['set-cookie']?.[0]).toMatch(/^tiled_csrf=[\w-]{43}; HttpOnly; Path=\/; SameSite=lax$/);
      }
      expect(headers['server-timing']).toMatch(/app;dur=\d+\.\d$/);
      expect(headers['x-powered-by']).toBeUndefined();
    }
    const kept = await rawGet('/nowhere', { 'x-tiled-request-id': '7c9e6679-7425-40de-944b-e07fc1f90ae7', cookie: 'tiled_csrf=x' });
    expect(kept.headers['x-tiled-request-id']).toBe('7c9e6679-7425-40de-944b-e07fc1f90ae7');
    expect(kept.headers['set-cookie']).toBeUndefined();
    expect((await rawGet('/nowhere', { 'x-tiled-request-id': 'mine' })).headers['x-tiled-request-id']).not.toBe('mine');
  });

  it('to an unknown path is 404, to a known one with another method 405', async () => {
    await start();
    expect((await rawGet('/nowhere')).text).toBe('{"detail":"Not Found"}');
    const answer = await rawGet('/api/v1/echo/a', {}, 'DELETE');
    expect([answer.status, answer.text, answer.headers['allow']]).toEqual([405, '{"detail":"Method Not Allowed"}', 'GET, HEAD']);
  });
});

describe('errors', () => {
  it('are JSON with their words; unknown ones are logged and not shown', async () => {
    const logger = fakeLogger();
    await start({ logger });
    const known = await rawGet('/api/v1/fails/known');
    expect([known.status, known.headers['content-type'], known.text]).toEqual([409, 'application/json', '{"detail":"Another has it."}']);
    expect(JSON.parse((await rawGet('/api/v1/fails/items')).text).detail[0].loc).toEqual(['query', 'a']);
    const unknown = await rawGet('/api/v1/fails/unknown?api_key=secret');
    expect([unknown.status, unknown.headers['content-type'], unknown.text]).toEqual([500, 'application/json', '{"detail":"Internal server error"}']);
    const line = logger.lines.find(({ level }) => level === 'error')!;
    expect(line.fields).toMatchObject({ requestId: unknown.headers['x-tiled-request-id'], path: '/api/v1/fails/unknown', error: { message: 'the password is hunter2' } });
    expect(JSON.stringify(logger.lines)).not.toContain('api_key');
  });

  it('in bodies are 4xx', async () => {
    await start();
    const post = (body: string, type = 'application/json') => fetch(`${origin}/api/v1/echo`, { method: 'POST', body, headers: { authorization: 'Apikey secret', 'content-type': type } });
    expect((await post('["a"]')).status).toBe(200);
    expect((await post('{"a":')).status).toBe(400);
    expect((await post('x', 'application/x-strange')).status).toBe(415);
    expect((await post(JSON.stringify('x'.repeat(2 ** 20)))).status).toBe(413);
  });

  it('of the protocol itself are answered', async () => {
    await start();
    const text = await new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(origin).port), '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
      let seen = '';
      socket.on('data', (chunk) => (seen += chunk.toString())).on('close', () => resolve(seen));
    });
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toMatch(/\{"detail":/);
  });
});

describe('other origins', () => {
  it('may read if they are listed', async () => {
    await start({ allowOrigins: ['https://app.example'] });
    const simple = await rawGet('/api/v1/open', { origin: 'https://app.example' });
    expect(simple.headers).toMatchObject({ 'access-control-allow-origin': 'https://app.example', 'access-control-allow-credentials': 'true', 'access-control-expose-headers': 'X-Tiled-Request-ID, Accept-Ranges, Content-Encoding, Content-Length, Content-Range, ETag' });
    expect((await rawGet('/api/v1/open', { origin: 'https://other' })).headers['access-control-allow-origin']).toBeUndefined();
    const preflight = await rawGet('/api/v1/open', { origin: 'https://app.example', 'access-control-request-method': 'GET', 'access-control-request-headers': 'x-a' }, 'OPTIONS');
    expect([preflight.status, preflight.text, preflight.headers['access-control-allow-headers'], preflight.headers['access-control-max-age']]).toEqual([200, 'OK', 'x-a', '600']);
    const refused = await rawGet('/api/v1/open', { origin: 'https://other', 'access-control-request-method': 'GET' }, 'OPTIONS');
    expect([refused.status, refused.text]).toEqual([400, 'Disallowed CORS origin']);
  });

  it('may all read where "*" is listed, but without cookies', async () => {
    await start({ allowOrigins: ['*', 'https://app.example'] });
    const other = await rawGet('/api/v1/open', { origin: 'https://other' });
    expect([other.headers['access-control-allow-origin'], other.headers['access-control-allow-credentials']]).toEqual(['*', undefined]);
    const named = await rawGet('/api/v1/open', { origin: 'https://app.example' });
    expect([named.headers['access-control-allow-origin'], named.headers['access-control-allow-credentials']]).toEqual(['https://app.example', 'true']);
    const preflight = await rawGet('/api/v1/open', { origin: 'https://other', 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization, range' }, 'OPTIONS');
    expect([preflight.status, preflight.headers['access-control-allow-headers']]).toEqual([200, 'authorization, range']);
  });
});

describe('health', () => {
  it('is 200 only if everything needed answers', async () => {
    let ok = true;
    await start({ readiness: async () => ({ catalog: { ok: true }, search: ok ? { ok } : { ok, detail: 'no answer' } }) });
    expect((await rawGet('/healthz')).text).toBe('{"status":"ready"}');
    await app!.close();
    ok = false;
    await start({ readiness: async () => ({ catalog: { ok: true }, search: { ok, detail: 'no answer' } }) });
    expect((await rawGet('/healthz')).status).toBe(503);
    const why = await rawGet('/readyz');
    expect(why.status).toBe(503);
    expect(JSON.parse(why.text).dependencies).toEqual({ catalog: { ok: true }, search: { ok: false, detail: 'no answer' } });
  });

  it('is 503 if the check fails', async () => {
    await start({ readiness: () => Promise.reject(new Error('at /secret/path')) });
    const answer = await rawGet('/readyz');
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('secret');
  });
});

describe('the trace of a request', () => {
  it('is passed on if it is one', async () => {
    const seen: unknown[] = [];
    await start({}, fakePorts({ identity: { ...fakeIdentity(), principalOf: async (credentials, call) => (seen.push(call?.traceparent), fakeIdentity().principalOf(credentials, call)) } }));
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    // A key of its own each: who has it is remembered for a while.
    for (const [index, traceparent] of [trace, `${trace}-more`, '\xff', 'x'.repeat(5000), '00-x', ''].entries()) {
      expect((await rawGet('/api/v1/echo', { traceparent, authorization: `Apikey wrong${index}` })).status).toBe(401);
    }
    expect(seen).toEqual([trace, `${trace}-more`, undefined, undefined, undefined, undefined]);
  });
});

describe('documents', () => {
  it('come as MessagePack on request, with the same tag, and 304 if known', async () => {
    await start();
    const json = await rawGet('/api/v1/echo');
    const packed = await rawGet('/api/v1/echo', { accept: 'application/x-msgpack' });
    expect([json.headers['content-type'], packed.headers['content-type']]).toEqual(['application/json', 'application/x-msgpack']);
    expect(json.headers['etag']).toMatch(/^[0-9a-f]{32}$/);
    expect(packed.headers['etag']).toBe(json.headers['etag']);
    for (const tag of [json.headers['etag']!, `"${json.headers['etag']}"`]) {
      const same = await rawGet('/api/v1/echo', { 'if-none-match': tag });
      expect([same.status, same.text, same.headers['etag']]).toEqual([304, '', json.headers['etag']]);
    }
    expect((await rawGet('/api/v1/echo', { accept: 'text/html' })).headers['content-type']).toBe('application/json');
    const head = await rawGet('/api/v1/echo', {}, 'HEAD');
    expect([head.status, head.text, head.headers['content-length']]).toEqual([200, '', json.headers['content-length']]);
  });

  it('are compressed if long enough', async () => {
    await start();
    const long = `/api/v1/echo?x=${'y'.repeat(3000)}`;
    const packed = await rawGet(long, { 'accept-encoding': 'gzip, deflate, blosc2' });
    expect([packed.headers['content-encoding'], packed.headers['vary']]).toEqual(['gzip', 'Origin, Accept-Encoding']);
    expect((await rawGet(long, { 'accept-encoding': 'gzip, zstd' })).headers['content-encoding']).toBe('zstd');
    expect((await rawGet(long, { 'accept-encoding': 'lz4, br' })).headers['content-encoding']).toBeUndefined();
    expect((await rawGet('/api/v1/echo', { 'accept-encoding': 'gzip' })).headers['content-encoding']).toBeUndefined();
  });
});
