export * from './open-table.ts';
export * from './registry.ts';
export * from './table-decoder.ts';
