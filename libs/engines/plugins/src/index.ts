export * from './engines.ts';
export * from './load-plugins.ts';
export * from './thread-codecs.ts';
export * from './check-node.ts';
