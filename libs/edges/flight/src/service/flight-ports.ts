import type { Catalog, Identity, Ingest, Reader, Search } from '@tessera/domain';

/** What a gateway answers with. */
export interface FrontPorts {
  readonly catalog: Catalog;
  readonly search: Search;
  readonly identity: Identity;
  /** Absent: nothing can be refreshed. */
  readonly ingest?: Ingest;
}

export interface FlightPorts {
  readonly reader: Reader;
  /** Absent in a process that serves tickets only. */
  readonly front?: FrontPorts;
}

/** Where the endpoints of a flight are to be read: URIs, the preferred first; none = where the info came from. */
export type EndpointLocations = (manifestId: string, endpointOrdinal: number) => readonly string[];
