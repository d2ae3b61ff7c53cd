import { RequestMethod } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { accessOf, type RouteAccess } from './access.ts';

export interface DeclaredRoute {
  readonly controller: string;
  readonly handler: string;
  readonly method: string;
  readonly paths: readonly string[];
  /** Undefined: the guard refuses it. */
  readonly access: RouteAccess | undefined;
}

/** Every route of an application with what it demands of callers. */
export function listRoutes(app: NestFastifyApplication): DeclaredRoute[] {
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [...module.controllers.values()]);
  return controllers.flatMap(({ metatype }) => (typeof metatype === 'function' ? routesOf(metatype) : []));
}

function routesOf(controller: object & { name: string; prototype?: unknown }): DeclaredRoute[] {
  const prototype = controller.prototype as Record<string, unknown>;
  const prefixes = asList(Reflect.getMetadata('path', controller));
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler = name === 'constructor' ? undefined : prototype[name];
    if (typeof handler !== 'function' || !Reflect.hasMetadata('path', handler)) return [];
    const paths = prefixes.flatMap((prefix) => asList(Reflect.getMetadata('path', handler)).map((path) => joinPath(prefix, path)));
    const method = RequestMethod[Reflect.getMetadata('method', handler) as number] ?? 'ALL';
    return [{ controller: controller.name, handler: name, method, paths, access: accessOf(handler, controller) }];
  });
}

const asList = (value: unknown): string[] => (Array.isArray(value) ? (value as string[]) : [typeof value === 'string' ? value : '']);

const joinPath = (...parts: string[]) => `/${parts.flatMap((part) => part.split('/')).filter((part) => part !== '').join('/')}`;
