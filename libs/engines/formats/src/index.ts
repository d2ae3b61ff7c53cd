export * from './registry.ts';
export * from './sniff.ts';
