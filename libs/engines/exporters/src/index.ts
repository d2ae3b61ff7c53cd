export * from './exporter.ts';
export * from './registry.ts';
