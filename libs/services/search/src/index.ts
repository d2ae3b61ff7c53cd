export { queryToSql } from './query-to-sql.ts';
export { searchMigrations } from './search-migrations.ts';
export { SearchService, type SearchOptions } from './search.service.ts';
