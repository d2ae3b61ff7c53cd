export { ReaderService } from './reader.service.ts';
export { defaultLimits, type ReaderEngines, type ReaderLimits, type ReaderOptions } from './reader-options.ts';
