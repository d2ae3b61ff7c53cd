export * from './registry.ts';
export * from './load-codec.ts';
export * from './pipeline.ts';
export * from './measure-strings.ts';
