import 'reflect-metadata';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { TesseraError } from '@tessera/domain';
import type { FastifyHttpOptions, FastifyInstance, FastifyReply, FastifyRequest, RawServerDefault } from 'fastify';
import { cleanRootPath, setLinkBase } from './api-base.ts';
import { withPrincipalCache } from './cached-identity.ts';
import { withLayoutCache } from './cached-layouts.ts';
import { setRequestTimeout } from './call-of.ts';
import { answerBadRequest } from './client-error.ts';
import { applyCommonHeaders } from './common-headers.ts';
import { ErrorFilter, sendError } from './error.filter.ts';
import { HealthController } from './health.controller.ts';
import { defaultDrainTimeoutMs, defaultRequestTimeoutMs, defaultStallTimeoutMs, maxBodyByteLength, maxUrlByteLength, type HttpOptions, type Ports } from './http-options.ts';
import { setPluginsVersion } from './data-version.ts';
import { setMediaTypes } from './media-types.ts';
import { PrincipalGuard } from './principal.guard.ts';
import { normalizeTarget } from './request-path.ts';
import { requestState, stateOf } from './request-state.ts';
import { setStallTimeout } from './respond.ts';
import { noteRoute } from './route-table.ts';
import { CATALOG, HTTP_OPTIONS, IDENTITY, READER, SEARCH } from './tokens.ts';

export interface HttpAppRequest {
  readonly ports: Ports;
  /** Nest modules or controllers. */
  readonly fronts: readonly Type[];
  readonly options: HttpOptions;
}

@Module({})
class PortsModule {}

@Module({})
class HttpModule {}

/** The HTTP server with its front doors, ready to listen. */
export async function createHttpApp({ ports, fronts, options }: HttpAppRequest): Promise<NestFastifyApplication> {
  const adapter = makeAdapter(options);
  const server = adapter.getInstance() as unknown as FastifyInstance;
  setLinkBase(server, options);
  setMediaTypes(server, options.mediaTypes);
  setPluginsVersion(server, options.pluginsVersion);
  setRequestTimeout(server, options.requestTimeoutMs ?? defaultRequestTimeoutMs);
  setStallTimeout(server, options.stallTimeoutMs ?? defaultStallTimeoutMs);
  server.decorateRequest(requestState, null);
  server.addHook('onRoute', (route) => noteRoute(server, route.method, route.url));
  server.addHook('onRequest', (request, reply, done) => applyCommonHeaders(options, request, reply, done));
  server.addHook('onResponse', (request, reply, done) => {
    logResponse(options, request, reply);
    done();
  });
  closeInTime(server, options.drainTimeoutMs ?? defaultDrainTimeoutMs);
  const app = await NestFactory.create<NestFastifyApplication>(rootModule(ports, fronts, options), adapter, { logger: false, abortOnError: false });
  await app.init();
  await server.ready();
  return app;
}

function makeAdapter(options: HttpOptions): FastifyAdapter {
  const rootPath = cleanRootPath(options.rootPath);
  const settings: FastifyHttpOptions<RawServerDefault> = {
    bodyLimit: maxBodyByteLength,
    // The URL limit is checked by a hook, which answers; Node's own limit for all headers cuts the connection.
    http: { maxHeaderSize: 2 * maxUrlByteLength },
    routerOptions: { maxParamLength: maxUrlByteLength },
    rewriteUrl: (request) => normalizeTarget(request.url ?? '/', rootPath),
    frameworkErrors: (error, request, reply) => sendError(options.logger, request as FastifyRequest, reply as FastifyReply, withoutTarget(error)),
    clientErrorHandler: answerBadRequest,
    keepAliveTimeout: 75_000,
    // Slow headers hold a connection for nothing; slow bodies may be large.
    requestTimeout: 60_000,
  };
  // No middleware is used, and its runner costs time at each request.
  return new FastifyAdapter({ ...settings, skipMiddie: true } as ConstructorParameters<typeof FastifyAdapter>[0]) as FastifyAdapter;
}

/** The framework quotes the target of a request, and with it a key that may be in the query. */
function withoutTarget(error: Error & { readonly code?: string }): Error {
  if (error.code !== 'FST_ERR_BAD_URL') return error;
  return new TesseraError('invalid_argument', 'The path of the URL is not valid: its percent escapes must be of UTF-8.');
}

function rootModule(ports: Ports, fronts: readonly Type[], options: HttpOptions): DynamicModule {
  const providers = [
    { provide: CATALOG, useValue: ports.catalog },
    { provide: SEARCH, useValue: ports.search },
    { provide: READER, useValue: withLayoutCache(ports.reader, { maxEntries: 4096 }) },
    { provide: IDENTITY, useValue: withPrincipalCache(ports.identity, { ttlMs: 1000, maxEntries: 4096 }) },
    { provide: HTTP_OPTIONS, useValue: options },
  ];
  const isController = (front: Type) => Reflect.hasMetadata('path', front);
  return {
    module: HttpModule,
    imports: [
      { module: PortsModule, global: true, providers, exports: providers.map(({ provide }) => provide) },
      ...fronts.filter((front) => !isController(front)),
    ],
    controllers: [HealthController, ...fronts.filter(isController)],
    providers: [
      { provide: APP_GUARD, useClass: PrincipalGuard },
      { provide: APP_FILTER, useClass: ErrorFilter },
    ],
  };
}

/** How often connections are looked for whose last answer is out; a client that keeps one would hold up the end. */
const idleCheckMs = 50;

/** Closing waits for running requests; those that take too long are cut. */
function closeInTime(server: FastifyInstance, drainTimeoutMs: number): void {
  server.addHook('preClose', (done) => {
    const http = server.server;
    setTimeout(() => http.closeAllConnections(), drainTimeoutMs).unref();
    const idle = setInterval(() => http.closeIdleConnections(), idleCheckMs);
    http.once('close', () => clearInterval(idle));
    done();
  });
}

function logResponse({ logger }: HttpOptions, request: FastifyRequest, reply: FastifyReply): void {
  if (logger.isLevelEnabled?.('debug') === false) return;
  const { requestId, startedAtMs } = stateOf(request);
  const path = request.raw.url?.split('?')[0];
  logger.debug({ requestId, method: request.method, path, status: reply.raw.statusCode, durationMs: performance.now() - startedAtMs }, 'request');
}
