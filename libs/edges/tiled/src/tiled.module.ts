import { Module } from '@nestjs/common';
import { AboutController } from './controllers/about.controller.ts';
import { ArrayController } from './controllers/array.controller.ts';
import { ContainerController } from './controllers/container.controller.ts';
import { DistinctController } from './controllers/distinct.controller.ts';
import { MetadataController } from './controllers/metadata.controller.ts';
import { SearchController } from './controllers/search.controller.ts';
import { TableController } from './controllers/table.controller.ts';
import { UnsupportedController } from './controllers/unsupported.controller.ts';

/** The REST front door that the Tiled client speaks, `/api/v1`; its routes also stand without the prefix. */
@Module({
  controllers: [AboutController, MetadataController, SearchController, DistinctController, ArrayController, TableController, ContainerController, UnsupportedController],
})
export class TiledModule {}
