export { callEnded, callSignal, checkCall } from './call-signal.ts';
export { Database, firstRow, type Queries } from './database.ts';
export { isContention, sqlStateOf, toDatabaseError } from './database-error.ts';
export { metadataValue } from './metadata-value.sql.ts';
export { migrate, type Migration } from './migrate.ts';
export { openDatabase, type DatabaseOptions } from './open-database.ts';
export { countBound, maxPageItems, planPage, toPage, type ListedColumns, type PagePlan } from './page.sql.ts';
