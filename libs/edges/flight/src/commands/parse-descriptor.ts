import { TesseraError } from '@tessera/domain';
import { descriptorTypes, type FlightDescriptor } from '../messages/flight-messages.ts';
import type { FlightQuery } from './flight-query.ts';
import { pathOfSegments } from './path-of-segments.ts';
import { parseCommand } from './parse-command.ts';

/** What a descriptor asks for. @throws TesseraError invalid_argument that says what is wrong with it. */
export function parseDescriptor({ type, cmd, path }: FlightDescriptor): FlightQuery {
  switch (type) {
    case descriptorTypes.path: return { path: pathOfSegments(path) };
    case descriptorTypes.command: return parseCommand(cmd);
    default:
      throw new TesseraError('invalid_argument', 'A descriptor is of the type PATH or CMD.');
  }
}
