import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { elementCount, type ArrayRequest, type Catalog, type CodecSpec, type Reader, type Selection, type SelectionItem, type TreeExporter } from '@tessera/domain';
import { CATALOG, HTTP_OPTIONS, READER, RequireScopes, dataVersionOf, etagOf, mediaTypesOf, negotiate, sendBytes, sendChunk, type HttpOptions, type OfferedChunk } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { openArray, type OpenedArray } from '../describe-array.ts';
import { publishedGrid } from '../documents/published-grid.ts';
import { openNode, type OpenedNode } from '../open-node.ts';
import { blockRegion, checkByteLength, checkExpectedShape, parseArrayParameters, parseBlock, selectPart, type ArrayParameters, type SelectedPart } from '../parse-array-request.ts';
import { ParameterReader } from '../parse-parameters.ts';
import { publishedMediaType, withPictureStyle } from '../picture-media-type.ts';
import { sendTree } from '../send-tree.ts';
import { asUnprocessable } from '../unprocessable.ts';

/** One read of an array, checked against what the array is. */
interface ArrayRead {
  readonly opened: OpenedNode;
  readonly array: OpenedArray;
  readonly parameters: ArrayParameters;
  readonly part: SelectedPart;
  readonly request: Omit<ArrayRequest, 'mediaType' | 'column'>;
  /** The same of the whole array. */
  readonly region: Selection;
  /** What tells this read from others of the same manifest. */
  readonly name: string;
}

/** A whole chunk as it lies in the store, but for its codecs. */
interface StoredChunkRead extends Pick<ArrayRead, 'opened' | 'array' | 'parameters'> {
  readonly chunkIndex: readonly number[];
  readonly chunkShape: readonly number[];
  readonly codecs: readonly CodecSpec[];
}

/** A chunk that has to be decoded is made as a whole if it is no longer than this, and else sent as it is decoded. */
const madeByteLimit = 16 * 2 ** 20;

const rawMediaType = 'application/octet-stream';

@Controller(['api/v1', ''])
export class ArrayController {
  constructor(
    @Inject(CATALOG) private readonly catalog: Catalog,
    @Inject(READER) private readonly reader: Reader,
    @Inject(HTTP_OPTIONS) private readonly options: Pick<HttpOptions, 'responseByteLimit' | 'treeExporters'>,
  ) {}

  /** An array or sparse array, or a part of it. */
  @RequireScopes('read:data')
  @Get(['array/full', 'array/full/*'])
  async full(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const parameters = parseArrayParameters(new ParameterReader(request.query));
    const opened = await openNode(this.catalog, request, reply, ['array', 'sparse']);
    const array = await openArray(this.reader, opened);
    const part = selectPart(parameters.selection, array.structure);
    checkExpectedShape(parameters.expectedShape, part.shape, 'conflict');
    await this.send(request, reply, { opened, array, parameters, part, request: { selection: parameters.selection }, region: parameters.selection, name: `full ${parameters.sliceText}` });
  }

  /** One chunk, neighbouring ones together, or a part of them. */
  @RequireScopes('read:data')
  @Get(['array/block', 'array/block/*'])
  async block(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const reader = new ParameterReader(request.query);
    const block = parseBlock(reader);
    const parameters = parseArrayParameters(reader);
    const opened = await openNode(this.catalog, request, reply, ['array', 'sparse']);
    const array = await openArray(this.reader, opened);
    const grid = array.isSparse ? { ...array.structure, isStored: true } : publishedGrid(array.structure);
    const { origin, shape, index } = blockRegion(block, grid);
    const part = asUnprocessable(() => selectPart(parameters.selection, { shape }));
    checkExpectedShape(parameters.expectedShape, part.shape, 'unprocessable');
    const region = shiftSelection(part, origin);
    const isStored = grid.isStored && array.hasStoredChunks && index !== undefined;
    const mediaType = this.mediaTypeOf(request, array);
    if (isStored && mediaType === rawMediaType && array.plainChunks && parameters.selection.length === 0 && isOneChunk(array, shape)) {
      return this.sendStored(request, reply, { opened, array, parameters, codecs: array.plainChunks.codecs, chunkIndex: index, chunkShape: shape });
    }
    const readRequest = isStored ? { block: index, selection: parameters.selection } : { selection: region };
    await this.send(request, reply, { opened, array, parameters, part, request: readRequest, region, name: `block ${reader.text('block')} ${parameters.sliceText}` });
  }

  /** A chunk of the store as its elements: of those that are stored so, the very bytes. */
  private async sendStored(request: FastifyRequest, reply: FastifyReply, read: StoredChunkRead): Promise<void> {
    const { opened, array, parameters, chunkIndex, chunkShape, codecs } = read;
    const { column } = opened;
    const decodedByteLength = elementCount(chunkShape) * array.structure.dataType.itemsize;
    checkByteLength(decodedByteLength, this.options.responseByteLimit);
    const asked = { chunkIndex, chunkShape, codecs, isFilled: true, ...(column === undefined ? {} : { column }) };
    const chunk: OfferedChunk = {
      tag: etagOf(array.ticket.manifestId, column ?? '', `chunk ${chunkIndex.join()}`, dataVersionOf(request)), isVolatile: array.volatile, decodedByteLength,
      read: async (wanted) => (await this.reader.readChunk(array.ticket, { ...asked, ...wanted }, opened.call))!,
    };
    await sendChunk(request, reply, chunk, { mediaType: rawMediaType, ...(parameters.filename === undefined ? {} : { filename: parameters.filename }) });
  }

  private mediaTypeOf(request: FastifyRequest, { isSparse }: OpenedArray): string {
    const family = isSparse ? 'sparse' : 'array';
    const { byFamily, aliases } = mediaTypesOf(request);
    return withPictureStyle(negotiate(request, family, byFamily[family], aliases), new ParameterReader(request.query));
  }

  /** As a file of its own kind, which is written while it is sent: its size has no limit. */
  private async sendFile(request: FastifyRequest, reply: FastifyReply, { opened, array, region, name }: ArrayRead, tree: TreeExporter, mediaType: string): Promise<void> {
    const { principal, node, column, call } = opened;
    const wanted = { principal, resolved: { node, ...(column === undefined ? {} : { column }) }, selection: region, call };
    // The file holds the metadata too.
    const etag = array.volatile ? undefined : etagOf(array.ticket.manifestId, column ?? '', name, mediaType, dataVersionOf(request), JSON.stringify([node.path.at(-1), node.metadata]));
    await sendTree(tree, request, reply, wanted, { mediaType, ...(etag === undefined ? {} : { etag }) });
  }

  private async send(request: FastifyRequest, reply: FastifyReply, read: ArrayRead): Promise<void> {
    const { opened, array, parameters, part } = read;
    const mediaType = this.mediaTypeOf(request, array);
    const tree = this.options.treeExporters?.get(mediaType);
    if (tree) return this.sendFile(request, reply, read, tree, mediaType);
    const byteLength = part.elementCount * array.structure.dataType.itemsize;
    // How dense a sparse array is cannot be known before it is read: its reader watches the size.
    if (!array.isSparse) checkByteLength(byteLength, this.options.responseByteLimit);
    const { column } = opened;
    const isRaw = mediaType === rawMediaType;
    const body = isRaw && byteLength === 0
      ? new Uint8Array()
      : this.reader.readArray(array.ticket, { ...read.request, mediaType, ...(column === undefined ? {} : { column }) }, opened.call);
    await sendBytes(request, reply, {
      mediaType: publishedMediaType(mediaType), body,
      ...(array.volatile ? {} : { etag: etagOf(array.ticket.manifestId, column ?? '', read.name, mediaType, dataVersionOf(request)) }),
      ...(isRaw ? { byteLength } : {}),
      ...(parameters.filename === undefined ? {} : { filename: parameters.filename }),
    });
  }
}

/** Whether a block is a chunk that nothing is missing of, and not too long to be made as a whole. */
function isOneChunk({ plainChunks, structure }: OpenedArray, shape: readonly number[]): boolean {
  if (!plainChunks?.shape.every((length, axis) => length > 0 && length === shape[axis])) return false;
  return plainChunks.areStored || elementCount(shape) * structure.dataType.itemsize <= madeByteLimit;
}

/** A selection of the whole array for what was selected in a part of it that starts at `origin`. */
function shiftSelection({ ranges }: SelectedPart, origin: readonly number[]): Selection {
  return ranges.map(({ start, step, count, dropped }, axis): SelectionItem => {
    const first = origin[axis]! + start;
    if (dropped) return { kind: 'index', index: first };
    const stop = first + count * step;
    // A reversed range that ends before element 0 has no stop that says so in numbers.
    return { kind: 'slice', start: first, ...(stop < 0 ? {} : { stop }), step };
  });
}
