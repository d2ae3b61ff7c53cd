import type { PartitionRange, TableStructure } from '@tessera/domain';
import type { FlightQuery } from '../commands/flight-query.ts';

/** No more than this of one flight: each has a ticket, and clients open a stream for each. */
const maxEndpoints = 16;
/** A stream of fewer rows costs more to open than it saves. */
const leastRowsPerEndpoint = 500_000;

/**
 * The partitions of a table in neighbouring groups, one for each endpoint, in order; undefined where one endpoint gives
 * all: a table of few rows, or rows counted from its first.
 */
export function planPartitions({ partitionCount, rowCount }: TableStructure, { rows }: FlightQuery): readonly PartitionRange[] | undefined {
  const byRows = rowCount === undefined ? maxEndpoints : Math.floor(rowCount / leastRowsPerEndpoint);
  const count = Math.min(partitionCount, maxEndpoints, byRows);
  if (rows !== undefined || count < 2) return undefined;
  return Array.from({ length: count }, (_, i) => ({ start: Math.floor((i * partitionCount) / count), stop: Math.floor(((i + 1) * partitionCount) / count) }));
}
