import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { TesseraError, type EncodedChunk } from '@tessera/domain';
import { etagMatches, parseRangeHeader, pluginsVersionOf, tagsIn, type BytesResponse, type PartialBody, type RangeSpec } from '@tessera/http';
import type { FastifyRequest } from 'fastify';
import type { WantedChunk, ZarrObject } from './zarr-object.ts';

type Chunk = Extract<ZarrObject, { kind: 'chunk' }>;
type Opened = Pick<BytesResponse, 'body' | 'etag'>;

const nothing = new Uint8Array();

/**
 * A chunk as far as it has to be read. A client that has it is told so before: by its tag alone, or by a look at
 * where it lies. Of one that is passed on as it is stored, e.g. a shard, only the ranges that are asked for are read.
 */
export async function openChunk(request: FastifyRequest, { tag: nameTag, isVolatile, read }: Chunk): Promise<Opened> {
  const tag = nameTag + pluginsVersionOf(request);
  const asked = request.headers['if-none-match'];
  if (!isVolatile && etagMatches(asked, tag)) return { etag: tag, body: nothing };
  const knownVersion = isVolatile ? versionIn(asked, tag) : undefined;
  const range = firstRange(request);
  const chunk = await read({ ...(knownVersion === undefined ? {} : { knownVersion }), ...(range ? { range } : {}) });
  const etag = isVolatile ? volatileTag(tag, chunk) : tag;
  const body = range && chunk.totalByteLength !== undefined ? partialBody(chunk, range, read) : chunk.bytes ?? nothing;
  return { body, ...(etag === undefined ? {} : { etag }) };
}

/** Of several ranges none: then the length is what is asked for first, as by HEAD. */
function firstRange(request: FastifyRequest): RangeSpec | undefined {
  if (request.method === 'HEAD') return { start: 0, end: 0 };
  const ranges = parseRangeHeader(request.headers.range);
  return ranges && (ranges.length === 1 ? ranges[0] : { start: 0, end: 0 });
}

/** Undefined for a part of what nothing tells the versions of. */
function volatileTag(tag: string, { bytes, version, totalByteLength }: EncodedChunk): string | undefined {
  if (version !== undefined) return `${tag}.${tokenOf(version)}`;
  return totalByteLength === undefined ? `${tag}-${bytes!.byteLength}-${crc32(bytes!).toString(16)}` : undefined;
}

function partialBody(first: EncodedChunk, range: RangeSpec, read: (wanted: WantedChunk) => Promise<EncodedChunk>): PartialBody {
  const byteLength = first.totalByteLength!;
  const firstStart = 'start' in range ? range.start : Math.max(byteLength - range.suffixByteLength, 0);
  return {
    byteLength,
    async read(span) {
      if (span.start === firstStart && span.end - span.start === first.bytes!.byteLength) return first.bytes!;
      const { bytes, version } = await read({ range: span });
      if (version !== first.version) throw new TesseraError('unavailable', 'This chunk was written anew meanwhile. Try again.');
      return bytes!;
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
