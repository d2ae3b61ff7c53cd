import type { Principal } from '../access/principal.ts';
import type { NodePath } from '../node/node-path.ts';
import type { Call } from './call.ts';

/** Keeps what is registered in step with the files it was read from. */
export interface Ingest {
  /**
   * The file that holds this node changed: looks at it again, replaces what is registered of it, and resolves when that is
   * done. Its place, media type and parameters stay. A file that cannot be read, or is not there, becomes a node with a
   * problem at its place, so that it is served again once it can be. Below a node with a problem it is enough to ask: the
   * file is opened only if it is another than the one that had the problem. What came from no file stays as it is.
   * @throws TesseraError not_found if the path leads to no node and into no file; unauthenticated without the scopes to
   *   register; unavailable if the file could not be looked at now: nothing is changed then.
   */
  refresh(principal: Principal, path: NodePath, call?: Call): Promise<void>;
}
