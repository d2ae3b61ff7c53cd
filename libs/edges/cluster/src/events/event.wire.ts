// Events ⇄ bodies of NATS messages, as proto/tessera/events/v1/events.proto says.
import { crc32 } from 'node:zlib';
import { TesseraError, type CatalogEvent } from '@tessera/domain';

const kinds: readonly CatalogEvent['kind'][] = ['node.registered.v1', 'node.updated.v1', 'node.removed.v1'];

export interface EncodedEvent {
  readonly body: Uint8Array;
  /** The same for the same event, so that the stream keeps it once; another for another event of the same sequence. */
  readonly messageId: string;
}

/** An event as messages of at most `mostByteLength` each: one, unless its ids are very many and scattered. */
export function* encodeEvent(event: CatalogEvent, mostByteLength: number): Generator<EncodedEvent> {
  // 16 digits and a comma are the longest number.
  const mostNumbers = Math.max(2, Math.floor((mostByteLength - 200) / 17) & ~1);
  const runs = encodeRuns(event.nodeIds);
  let at = 0;
  do {
    const part = { sequence: event.sequence, kind: event.kind, nodeIdRuns: runs.slice(at, at + mostNumbers) };
    const body = new TextEncoder().encode(JSON.stringify(part));
    yield { body, messageId: `${event.sequence}.${at}.${crc32(body).toString(16)}` };
    at += mostNumbers;
  } while (at < runs.length);
}

/** @throws TesseraError invalid_argument if the body is not an event. */
export function decodeEvent(body: Uint8Array): CatalogEvent {
  const event = parseJson(body) as { sequence?: unknown; kind?: unknown; nodeIdRuns?: unknown } | null;
  const runs = event?.nodeIdRuns;
  const isEvent = Number.isSafeInteger(event?.sequence) && kinds.includes(event?.kind as CatalogEvent['kind'])
    && Array.isArray(runs) && runs.length % 2 === 0 && runs.every((number) => Number.isSafeInteger(number));
  if (!isEvent) throw new TesseraError('invalid_argument', 'A message on the event stream is not an event.');
  return { sequence: event!.sequence as number, kind: event!.kind as CatalogEvent['kind'], nodeIds: decodeRuns(runs as number[]) };
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return null;
  }
}

/** First id and number of consecutive ids, over and over; the order is kept. */
function encodeRuns(ids: readonly number[]): number[] {
  const runs: number[] = [];
  for (const id of ids) {
    const last = runs.length - 2;
    if (last >= 0 && runs[last]! + runs[last + 1]! === id) runs[last + 1]!++;
    else runs.push(id, 1);
  }
  return runs;
}

function decodeRuns(runs: readonly number[]): number[] {
  const ids: number[] = [];
  for (let i = 0; i < runs.length; i += 2) for (let k = 0; k < runs[i + 1]!; k++) ids.push(runs[i]! + k);
  return ids;
}
