import type { Format } from '@tessera/domain';

/** Every format by name, in the order in which they are asked whether a file is theirs; loaded when first used. */
export const formats = new Map<string, () => Promise<Format>>([
]);
