import { servicePrincipal } from '@tessera/domain';

/** Who registers files that nobody asked for by name: the walk, and the reads that find a file changed. */
export const ingestPrincipal = servicePrincipal('ingest', ['read:metadata', 'write:metadata', 'create:node', 'delete:node', 'register']);
