import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { TesseraError, type ChunkRequest, type EncodedChunk } from '@tessera/domain';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseRangeHeader, type RangeSpec } from './byte-range.ts';
import { etagMatches, tagsIn } from './etag.ts';
import { pluginsVersionOf } from './data-version.ts';
import { partByteLength, sendBytes, type BytesResponse, type PartialBody } from './send-bytes.ts';

/** What a client has or wants of a chunk. */
export type WantedChunk = Pick<ChunkRequest, 'knownVersion' | 'range'>;

/** A chunk that a front door offers. */
export interface OfferedChunk {
  /** Tells it from others, and from itself in another state unless it is volatile. */
  readonly tag: string;
  /** The bytes may change under the same tag. */
  readonly isVolatile: boolean;
  /** Of its elements, uncompressed. */
  readonly decodedByteLength: number;
  /** Without bytes if the version is the one that the client has. */
  read(wanted?: WantedChunk): Promise<EncodedChunk>;
}

const nothing = new Uint8Array();

/**
 * Answers with a chunk as far as it has to be read. A client that has it is told so before: by its tag alone, or by a look
 * at where it lies. Of one that is passed on as it is stored, e.g. a shard, only the ranges that are asked for are read, and
 * a large one is read as it is sent.
 */
export async function sendChunk(request: FastifyRequest, reply: FastifyReply, chunk: OfferedChunk, response: Omit<BytesResponse, 'body' | 'etag' | 'release'>): Promise<void> {
  return sendBytes(request, reply, { ...response, ...(await openChunk(request, chunk)) });
}

async function openChunk(request: FastifyRequest, { tag: nameTag, isVolatile, decodedByteLength, read }: OfferedChunk): Promise<Pick<BytesResponse, 'body' | 'etag' | 'release'>> {
  const tag = nameTag + pluginsVersionOf(request);
  const asked = request.headers['if-none-match'];
  if (!isVolatile && etagMatches(asked, tag)) return { etag: tag, body: nothing };
  const knownVersion = isVolatile ? versionIn(asked, tag) : undefined;
  const range = firstRange(request, decodedByteLength > partByteLength);
  const chunk = await read({ ...(knownVersion === undefined ? {} : { knownVersion }), ...(range ? { range } : {}) });
  const etag = isVolatile ? volatileTag(tag, chunk) : tag;
  const isPart = range !== undefined && chunk.totalByteLength !== undefined;
  return {
    body: isPart ? partialBody(chunk, range, read) : chunk.bytes ?? nothing,
    ...(chunk.release && !isPart ? { release: chunk.release } : {}),
    ...(etag === undefined ? {} : { etag }),
  };
}

/** Of several ranges none: then the length is what is asked for first, as by HEAD. */
function firstRange(request: FastifyRequest, isLarge: boolean): RangeSpec | undefined {
  if (request.method === 'HEAD') return { start: 0, end: 0 };
  const ranges = parseRangeHeader(request.headers.range);
  if (!ranges) return isLarge ? { start: 0, end: partByteLength } : undefined;
  return ranges.length === 1 ? beginningOf(ranges[0]!) : { start: 0, end: 0 };
}

/** What is sent first of a range. */
function beginningOf(range: RangeSpec): RangeSpec {
  if (!('start' in range)) return range.suffixByteLength > partByteLength ? { start: 0, end: 0 } : range;
  return { start: range.start, end: Math.min(range.end ?? Infinity, range.start + partByteLength) };
}

/** Undefined for a part of what nothing tells the versions of. */
function volatileTag(tag: string, { bytes, version, totalByteLength }: EncodedChunk): string | undefined {
  if (version !== undefined) return `${tag}.${tokenOf(version)}`;
  return totalByteLength === undefined ? `${tag}-${bytes!.byteLength}-${crc32(bytes!).toString(16)}` : undefined;
}

function partialBody(first: EncodedChunk, range: RangeSpec, read: OfferedChunk['read']): PartialBody {
  const byteLength = first.totalByteLength!;
  const firstStart = 'start' in range ? range.start : Math.max(byteLength - range.suffixByteLength, 0);
  return {
    byteLength,
    async read(span) {
      if (span.start === firstStart && span.end - span.start === first.bytes!.byteLength) return { bytes: first.bytes!, ...(first.release ? { release: first.release } : {}) };
      const { bytes, version, release } = await read({ range: span });
      if (version !== first.version) throw new TesseraError('unavailable', 'This chunk was written anew meanwhile. Try again.');
      return { bytes: bytes!, ...(release ? { release } : {}) };
    },
  };
}

/** A version as part of a tag: stores of others may use any characters. */
function tokenOf(version: string): string {
  return /^[\w.-]+$/.test(version) ? version : hash('sha256', version);
}

/** The version that an If-None-Match header names, if it names one of this chunk. */
function versionIn(header: string | undefined, tag: string): string | undefined {
  return header === undefined ? undefined : tagsIn(header).find((item) => item.startsWith(`${tag}.`))?.slice(tag.length + 1);
}
