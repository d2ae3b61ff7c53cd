// The processes of the reader role, and which of them are well.
import { TesseraError } from '@tessera/domain';
import { openChannel, type ChannelSettings, type ClusterChannel } from '../channel.ts';
import { isServing } from '../health/health.client.ts';

/** `host:port` of each reader; a function is asked again and again, so that readers may come and go. */
export type ReaderAddresses = readonly string[] | (() => Promise<readonly string[]>);

export interface ReaderGroupSettings extends Omit<ChannelSettings, 'address'> {
  readonly addresses: ReaderAddresses;
  /** How often a function of addresses is asked. */
  readonly refreshIntervalMs?: number;
}

const defaultRefreshIntervalMs = 5_000;
const firstProbeDelayMs = 250;
const mostProbeDelayMs = 5_000;
const lingerMs = 60_000;

/** The pool itself tries again, with another reader; grpc-js would keep each request for it and cost a tenth of a call. */
const memberOptions = { 'grpc.enable_retries': 0 };

/** One reader process. */
export interface ReaderMember {
  readonly address: string;
  readonly channel: ClusterChannel;
  /** When false it was lost, and is asked for its health until it answers. */
  isUp: boolean;
  probe?: NodeJS.Timeout;
}

/** Keeps the members in step with the addresses, and probes the lost ones. */
export class ReaderGroup {
  private readonly byAddress = new Map<string, ReaderMember>();
  private refreshedAtMs = 0;
  private refreshing: Promise<void> | undefined;
  private closed = false;

  constructor(private readonly settings: ReaderGroupSettings) {
    if (typeof settings.addresses !== 'function') this.keep(settings.addresses);
  }

  /** All members, well or not. @throws TesseraError unavailable if there is none. */
  async members(): Promise<readonly ReaderMember[]> {
    if (typeof this.settings.addresses === 'function') {
      const isDue = Date.now() - this.refreshedAtMs > (this.settings.refreshIntervalMs ?? defaultRefreshIntervalMs);
      if (isDue) this.refreshing ??= this.refresh(this.settings.addresses).finally(() => { this.refreshing = undefined; });
      // Known members are good enough while the new list is on its way.
      if (this.byAddress.size === 0) await this.refreshing;
    }
    if (this.byAddress.size === 0) throw new TesseraError('unavailable', 'No reader is known at the moment. Try again.');
    return [...this.byAddress.values()];
  }

  /** Members to try, one after the other, in the order of `rank`; those that joined meanwhile come at the end. */
  async *candidates(rank: (members: readonly ReaderMember[]) => readonly ReaderMember[]): AsyncGenerator<ReaderMember, void, undefined> {
    const tried = new Set<ReaderMember>();
    for (;;) {
      const untried = rank(await this.members()).filter((member) => !tried.has(member));
      if (untried.length === 0) return;
      for (const member of untried) {
        tried.add(member);
        yield member;
      }
      // Those that were tried may be gone and their successors on their way.
      await this.refreshing;
    }
  }

  markDown(member: ReaderMember): void {
    if (!member.isUp || this.closed) return;
    member.isUp = false;
    this.scheduleProbe(member, firstProbeDelayMs);
  }

  close(): void {
    this.closed = true;
    for (const member of this.byAddress.values()) this.drop(member);
  }

  private scheduleProbe(member: ReaderMember, delayMs: number): void {
    member.probe = setTimeout(() => {
      void isServing(member.channel, 'reader').then((serving) => {
        if (this.closed || this.byAddress.get(member.address) !== member) return;
        if (serving) member.isUp = true;
        else this.scheduleProbe(member, Math.min(delayMs * 2, mostProbeDelayMs));
      });
    }, delayMs).unref();
  }

  private async refresh(resolve: () => Promise<readonly string[]>): Promise<void> {
    this.refreshedAtMs = Date.now();
    try {
      const addresses = await resolve();
      // An empty answer is a fault of the resolver more often than the end of all readers.
      if (addresses.length > 0 && !this.closed) this.keep(addresses);
    } catch {
      // The members known so far go on; the next call asks again.
      this.refreshedAtMs = 0;
    }
  }

  private keep(addresses: readonly string[]): void {
    for (const member of this.byAddress.values()) if (!addresses.includes(member.address)) this.drop(member);
    for (const address of addresses) {
      if (!this.byAddress.has(address)) this.byAddress.set(address, { address, channel: openChannel({ ...this.settings, address }, memberOptions), isUp: true });
    }
  }

  private drop(member: ReaderMember): void {
    clearTimeout(member.probe);
    this.byAddress.delete(member.address);
    // Requests that chose this member before it left may still be about to call it.
    if (this.closed) member.channel.close();
    else setTimeout(() => member.channel.close(), lingerMs).unref();
  }
}
