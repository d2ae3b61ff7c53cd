import { Catch, HttpException, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { errorCodes, isTesseraError, toTesseraError } from '@tessera/domain';
import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { apiBase } from './api-base.ts';
import type { HttpLogger, HttpOptions } from './http-options.ts';
import { stateOf } from './request-state.ts';
import { respond } from './respond.ts';
import { methodsAt } from './route-table.ts';
import { HTTP_OPTIONS } from './tokens.ts';

/** What an error says over HTTP. */
export interface ErrorAnswer {
  readonly status: number;
  readonly detail: unknown;
  readonly headers: OutgoingHttpHeaders;
}

/** Turns everything thrown into `{"detail": …}`, of exactly the type application/json. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(@Inject(HTTP_OPTIONS) private readonly options: Pick<HttpOptions, 'logger'>) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendError(this.options.logger, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), error);
  }
}

/** Answers with an error, or cuts the connection if an answer has begun. */
export function sendError(logger: HttpLogger, request: FastifyRequest, reply: FastifyReply, error: unknown): void {
  const answer = reportError(logger, request, error);
  if (reply.raw.headersSent) {
    reply.raw.destroy();
    return;
  }
  for (const name of ['content-encoding', 'content-length', 'content-disposition', 'etag']) reply.removeHeader(name);
  respond(request, reply, answer.status, { ...answer.headers, 'content-type': 'application/json' }, JSON.stringify({ detail: answer.detail }));
}

/** Logs an error as it deserves and says how to answer it. */
export function reportError(logger: HttpLogger, request: FastifyRequest, error: unknown): ErrorAnswer {
  const answer = answerTo(error, request);
  logError(logger, request, error, answer);
  return answer;
}

/** Status and words for any thrown value. */
function answerTo(error: unknown, request: FastifyRequest): ErrorAnswer {
  if (!isTesseraError(error)) {
    const status = statusOf(error);
    if (status === 404) return answerToUnknownRoute(request);
    if (status !== undefined && status >= 400 && status < 500) return { status, detail: (error as Error).message, headers: {} };
    if (status === 503) return { status, detail: 'The server is closing.', headers: { 'retry-after': '1' } };
  }
  const known = toTesseraError(error);
  const status = errorCodes[known.code].http;
  // An error with items speaks like a validator: one entry a parameter.
  const detail = known.code === 'internal' ? 'Internal server error' : Array.isArray(known.details['items']) ? known.details['items'] : known.message;
  return { status, detail, headers: headersFor(known.code, known.details, request) };
}

function headersFor(code: keyof typeof errorCodes, details: Readonly<Record<string, unknown>>, request: FastifyRequest): OutgoingHttpHeaders {
  if (code === 'unauthenticated') {
    const scopes = Array.isArray(details['scopes']) ? ` scope="${details['scopes'].join(' ')}"` : '';
    return { 'www-authenticate': `Bearer${scopes}`, 'x-tiled-root': apiBase(request) };
  }
  if (code === 'resource_exhausted' || code === 'unavailable') return { 'retry-after': String(details['retryAfterSeconds'] ?? 1) };
  return {};
}

/** Status of errors that the framework throws: an HttpException, or a Fastify error with `statusCode`. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}

function answerToUnknownRoute(request: FastifyRequest): ErrorAnswer {
  const methods = methodsAt(request.server, request.raw.url ?? '/');
  if (methods.length > 0 && !methods.includes(request.method)) return { status: 405, detail: 'Method Not Allowed', headers: { allow: methods.join(', ') } };
  return { status: 404, detail: 'Not Found', headers: {} };
}

function logError(logger: HttpLogger, request: FastifyRequest, error: unknown, answer: ErrorAnswer): void {
  const known = isTesseraError(error) ? error : undefined;
  const level = known ? errorCodes[known.code].logLevel : answer.status >= 500 ? 'error' : 'debug';
  const fields = {
    requestId: stateOf(request).requestId,
    method: request.method,
    // Without the query, which may hold a key.
    path: request.raw.url?.split('?')[0],
    status: answer.status,
    ...(level === 'error' ? { error: describeError(error) } : { code: known?.code }),
    ...(level === 'warn' && known?.cause !== undefined ? { cause: describeError(known.cause) } : {}),
  };
  logger[level](fields, known && known.code !== 'internal' ? known.message : answer.status >= 500 ? 'Internal server error' : String(answer.detail));
}

function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { value: String(error) };
  return { name: error.name, message: error.message, stack: error.stack, ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }) };
}
