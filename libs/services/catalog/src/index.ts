export { CatalogService } from './catalog.service.ts';
export { catalogMigrations } from './catalog-migrations.ts';
export { InProcessBus } from './in-process-bus.ts';
export { OutboxRelay } from './outbox-relay.ts';
export { maxEventNodes, outboxLength } from './outbox.sql.ts';
