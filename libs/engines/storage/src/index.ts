export * from './file-uri.ts';
export * from './manifests/manifest-store.ts';
export * from './open-store.ts';
export * from './source-check.ts';
export * from './stores/file.ts';
export * from './stores/memory.ts';
export * from './stores/root-guard.ts';
export * from './stores/writable-file.ts';
