import { LRUCache } from 'lru-cache';

/** Chunks up to a quarter of it are kept together in memory that is used again and again. */
const largestSegmentByteLength = 4 * 2 ** 20;
/** What a chunk takes of it at least, and a multiple of which it takes: its place in the index costs as much, and elements lie aligned. */
const slotByteLength = 256;

interface Entry {
  readonly bytes: Uint8Array;
  /** Of the object that it was decoded from; empty if that never changes under its manifest. */
  readonly version: string;
  /** Where the bytes lie; absent = in memory of their own. */
  readonly segment?: Segment;
}

/** Memory that chunks are copied to one behind the other, until it is full. */
interface Segment {
  bytes: Uint8Array;
  used: number;
  readonly keys: string[];
  /** The turn of the event loop in which a view of it was given away last. */
  lentInTurn: number;
}

/**
 * Decoded chunks that were used in part, by manifest and chunk; bounded by their bytes. Small ones are copied to a few
 * large buffers, of which the oldest is written anew when all are full: were each a buffer of its own that lives for a
 * while and dies, V8 would collect the whole heap for every few dozen megabytes of them, which costs more than decoding them.
 */
export class DecodedCache {
  readonly #maxByteLength: number;
  readonly #segmentByteLength: number;
  readonly #small = new Map<string, Entry>();
  readonly #large: LRUCache<string, Entry> | undefined;
  /** The oldest first; the last one is being filled. */
  readonly #segments: Segment[] = [];
  #turn = 0;
  #isTurnCounted = false;

  constructor(maxByteLength: number) {
    this.#maxByteLength = maxByteLength;
    this.#segmentByteLength = Math.min(largestSegmentByteLength, Math.floor(maxByteLength / 4 / slotByteLength) * slotByteLength);
    this.#large = maxByteLength > 0 ? new LRUCache({ maxSize: maxByteLength }) : undefined;
  }

  /** To be used or copied before anything is waited for that takes its time: in a later turn of the event loop it may be overwritten. */
  get(key: string, version: string): Uint8Array | undefined {
    const entry = this.#small.get(key) ?? this.#large?.get(key);
    if (entry?.version !== version) return undefined;
    if (entry.segment) this.#lend(key, entry, entry.segment);
    return entry.bytes;
  }

  /** Small ones are copied. */
  set(key: string, version: string, bytes: Uint8Array): void {
    if (!this.#large) return;
    if (bytes.byteLength * 4 <= this.#segmentByteLength && this.#segmentByteLength > 0) {
      this.#large.delete(key);
      this.#append(key, version, bytes);
      return;
    }
    this.#small.delete(key);
    // A view counts as the memory it keeps from being freed.
    this.#large.set(key, { bytes, version }, { size: Math.max(bytes.buffer.byteLength, 1) });
    while (this.#segments.length > 0 && this.#byteLength > this.#maxByteLength) this.#forget(this.#segments.shift()!);
  }

  get #byteLength(): number {
    return this.#segments.length * this.#segmentByteLength + (this.#large?.calculatedSize ?? 0);
  }

  get #isFull(): boolean {
    return this.#byteLength + this.#segmentByteLength > this.#maxByteLength;
  }

  #append(key: string, version: string, bytes: Uint8Array): void {
    let segment = this.#segments.at(-1);
    if (!segment || segment.used + bytes.byteLength > this.#segmentByteLength) this.#segments.push(segment = this.#nextSegment());
    const kept = segment.bytes.subarray(segment.used, segment.used + bytes.byteLength);
    kept.set(bytes);
    segment.used += Math.max(Math.ceil(bytes.byteLength / slotByteLength), 1) * slotByteLength;
    segment.keys.push(key);
    this.#small.set(key, { bytes: kept, version, segment });
  }

  /** A new one while there is room, also by letting go of large chunks where these take more than half; else the oldest. */
  #nextSegment(): Segment {
    const mayPush = (this.#segments.length + 1) * this.#segmentByteLength <= this.#maxByteLength / 2;
    while (mayPush && this.#isFull && this.#large!.size > 0) this.#large!.pop();
    const oldest = this.#isFull ? this.#segments.shift() : undefined;
    if (!oldest) return { bytes: new Uint8Array(this.#segmentByteLength), used: 0, keys: [], lentInTurn: -1 };
    this.#forget(oldest);
    // Somebody may still look at it.
    if (oldest.lentInTurn === this.#turn) oldest.bytes = new Uint8Array(this.#segmentByteLength);
    oldest.used = 0;
    return oldest;
  }

  #forget(segment: Segment): void {
    for (const key of segment.keys) if (this.#small.get(key)?.segment === segment) this.#small.delete(key);
    segment.keys.length = 0;
  }

  #lend(key: string, { bytes, version }: Entry, segment: Segment): void {
    segment.lentInTurn = this.#turn;
    if (!this.#isTurnCounted) {
      this.#isTurnCounted = true;
      setImmediate(() => {
        this.#turn++;
        this.#isTurnCounted = false;
      });
    }
    // What is still asked for moves away from where it would be overwritten soon.
    if (this.#isFull && this.#segments.length > 2 && this.#segments.indexOf(segment) < this.#segments.length / 4) this.#append(key, version, bytes);
  }
}
