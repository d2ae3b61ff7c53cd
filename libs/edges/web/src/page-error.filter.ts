import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { ErrorFilter, HTTP_OPTIONS, reportError, type HttpOptions } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorPage, keyPage } from './pages/key-page.ts';
import { sendPage, wantsPage } from './send-page.ts';
import { Site } from './site.ts';

/** Shows errors to people as pages, and asks for the key where it is missing; programs get JSON. */
@Catch()
export class PageErrorFilter implements ExceptionFilter {
  constructor(@Inject(HTTP_OPTIONS) private readonly options: Pick<HttpOptions, 'logger'>) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (!wantsPage(request) || reply.raw.headersSent) return new ErrorFilter(this.options).catch(error, host);
    const { status, detail } = reportError(this.options.logger, request, error);
    const sentence = typeof detail === 'string' ? detail : 'The request cannot be understood.';
    const site = new Site(request);
    const page = status === 401 ? keyPage(site, site.here(request), reasonFor(request, sentence)) : errorPage(site, status, sentence);
    sendPage(request, reply, page, status);
  }
}

/** Who has shown no key yet needs no reproach. */
function reasonFor(request: FastifyRequest, sentence: string): string {
  const { query, headers } = request;
  const hasShownKey = (query as Record<string, unknown>)['api_key'] !== undefined || headers.authorization !== undefined || headers.cookie?.includes('tiled_api_key=');
  return hasShownKey ? sentence : '';
}
