// The only place where "local or remote?" is decided.
import { TesseraError } from '@tessera/domain';
import { isProvided, isWhole, type PortName, type Role } from './roles.ts';

export type Placement = { readonly at: 'local' } | { readonly at: 'remote'; readonly addresses: readonly string[] };

export type Addresses = Readonly<Record<PortName, readonly string[]>>;

/** Where a port is found by a process with these roles. @throws TesseraError invalid_argument if nobody is known to provide it. */
export function place(port: PortName, running: readonly Role[], addresses: Addresses): Placement {
  if (isProvided(port, running)) return { at: 'local' };
  if (addresses[port].length === 0) {
    throw new TesseraError('invalid_argument', `No role here provides "${port}" and no address is set for it (TESSERA_${port.toUpperCase()}__ADDRESSES).`);
  }
  return { at: 'remote', addresses: addresses[port] };
}

/** How events travel: between objects if every role is here, over NATS otherwise. */
export function placeEvents(running: readonly Role[], natsUrl: string | undefined): Placement {
  if (natsUrl !== undefined) return { at: 'remote', addresses: [natsUrl] };
  if (isWhole(running)) return { at: 'local' };
  throw new TesseraError('invalid_argument', `The roles ${running.join(', ')} exchange events with other processes: set TESSERA_NATS__URL.`);
}

/** Whether other processes call this one: only then does it listen for them. */
export function isCalled(running: readonly Role[]): boolean {
  return !isWhole(running) && running.some((role) => role !== 'gateway');
}
