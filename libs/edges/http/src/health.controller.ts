import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from './access.ts';
import type { DependencyState, HttpOptions } from './http-options.ts';
import { respond } from './respond.ts';
import { HTTP_OPTIONS } from './tokens.ts';

/** A probe asks often; dependencies are asked at most this often. */
const keptForMs = 1000;
/** A dependency that does not answer by then counts as down. */
const answerWithinMs = 2000;

/** For probes: `/healthz` says whether to send requests here, `/readyz` also why not. */
@Controller()
export class HealthController {
  private asked: { atMs: number; states: Promise<Readonly<Record<string, DependencyState>>> } | undefined;

  constructor(@Inject(HTTP_OPTIONS) private readonly options: Pick<HttpOptions, 'readiness'>) {}

  @Public()
  @Get('healthz')
  async health(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const ready = isReady(await this.states());
    sendState(request, reply, ready, { status: ready ? 'ready' : 'not ready' });
  }

  @Public()
  @Get('readyz')
  async readiness(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const dependencies = await this.states();
    const ready = isReady(dependencies);
    sendState(request, reply, ready, { status: ready ? 'ready' : 'not ready', dependencies });
  }

  private states(): Promise<Readonly<Record<string, DependencyState>>> {
    const nowMs = Date.now();
    if (!this.asked || nowMs - this.asked.atMs > keptForMs) this.asked = { atMs: nowMs, states: askWithin(this.options.readiness) };
    return this.asked.states;
  }
}

async function askWithin(readiness: HttpOptions['readiness']): Promise<Readonly<Record<string, DependencyState>>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Readonly<Record<string, DependencyState>>>((resolve) => {
    timer = setTimeout(() => resolve({ readiness: { ok: false, detail: 'No answer in time.' } }), answerWithinMs);
  });
  try {
    return await Promise.race([readiness(), late]);
  } catch {
    return { readiness: { ok: false, detail: 'The check itself failed.' } };
  } finally {
    clearTimeout(timer);
  }
}

const isReady = (states: Readonly<Record<string, DependencyState>>) => Object.values(states).every((state) => state.ok || state.optional === true);

function sendState(request: FastifyRequest, reply: FastifyReply, ready: boolean, body: object): void {
  respond(request, reply, ready ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' }, JSON.stringify(body));
}
