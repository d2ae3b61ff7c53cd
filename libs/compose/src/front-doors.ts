import type { Catalog, Identity, Reader, Search } from '@tessera/domain';
import { createHttpApp, type HttpOptions } from '@tessera/http';
import { TiledModule } from '@tessera/tiled';
import { WebModule } from '@tessera/web';
import { ZarrV2Controller, ZarrV3Controller } from '@tessera/zarr';
import type { Config } from './config.ts';
import type { Logger } from './logger.ts';
import { treeExporters } from './tree-exporters.ts';

export interface FrontDoors {
  /** Where it listens. */
  readonly url: string;
  close(): Promise<void>;
}

export interface FrontDoorPorts {
  readonly catalog: Catalog;
  readonly search: Search;
  readonly reader: Reader;
  readonly identity: Identity;
}

/** Opens REST, Zarr and the web page on the configured address. */
export async function openFrontDoors(ports: FrontDoorPorts, given: Pick<HttpOptions, 'readiness' | 'mediaTypes' | 'pluginsVersion'>, config: Config, logger: Logger): Promise<FrontDoors> {
  const { host, port, rootPath, allowOrigins, responseByteLimit } = config.http;
  const app = await createHttpApp({
    ports,
    fronts: [TiledModule, ZarrV2Controller, ZarrV3Controller, WebModule],
    options: { rootPath, allowOrigins, responseByteLimit, treeExporters: treeExporters(ports, config), ...given, logger },
  });
  await app.listen(port, host);
  return { url: listeningUrl(host, app.getHttpServer().address() as { port: number }), close: () => app.close() };
}

/** An address that can be put into a browser: wildcards are this machine. */
function listeningUrl(host: string, { port }: { port: number }): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
