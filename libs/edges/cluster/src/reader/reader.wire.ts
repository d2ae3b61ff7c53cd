// Requests and layouts of the Reader port ⇄ messages of tessera.reader.v1.
import type { KeyObject } from 'node:crypto';
import type { MethodDefinition } from '@grpc/grpc-js';
import {
  checkTableFilter, formatDescr, parseDescr, type ArrayLayout, type ArrayRequest, type AxisChunks, type ChunkRange, type ChunkRequest, type CodecSpec, type NumpyDescr,
  type SelectionItem, type TableRequest, type Ticket,
} from '@tessera/domain';
import { present } from '../catalog/node.wire.ts';
import { loadService } from '../protos.ts';
import { sealTicket } from '../ticket.wire.ts';
import { deserializeChunkPiece, deserializePiece, serializeChunkPiece, serializePiece, type ChunkPiece } from './piece.wire.ts';

export interface TicketMessage {
  ticket?: string;
  column?: string | undefined;
}

export interface LayoutMessage {
  dataTypeJson?: string;
  shape?: readonly number[];
  chunks?: { regular?: number | undefined; lengths?: readonly number[] }[];
  edge?: string;
  fillValue?: Uint8Array | undefined;
  codecsJson?: string;
  volatile?: boolean;
}

export interface ChunkMessage extends TicketMessage {
  chunkIndex?: readonly number[];
  chunkShape?: readonly number[];
  codecsJson?: string;
  isFilled?: boolean | undefined;
  knownVersion?: string | undefined;
  rangeStart?: number | undefined;
  rangeEnd?: number | undefined;
  rangeSuffix?: number | undefined;
}

interface SelectionItemMessage {
  index?: number | undefined;
  start?: number | undefined;
  stop?: number | undefined;
  step?: number | undefined;
}

export interface ArrayMessage extends TicketMessage {
  selection?: SelectionItemMessage[];
  block?: { index?: readonly number[] } | null | undefined;
  mediaType?: string;
}

export interface TableMessage {
  ticket?: string;
  hasColumns?: boolean;
  columns?: readonly string[];
  partitionsStart?: number | undefined;
  partitionsStop?: number | undefined;
  rowsStart?: number | undefined;
  rowsStop?: number | undefined;
  filterJson?: string | undefined;
  mediaType?: string;
}

/** The methods of the reader, with hand-made encoding where bytes are. */
export interface ReaderMethods {
  readonly Describe: MethodDefinition<TicketMessage, LayoutMessage>;
  readonly ReadChunk: MethodDefinition<ChunkMessage, ChunkPiece>;
  readonly ReadLargeChunk: MethodDefinition<ChunkMessage, ChunkPiece>;
  readonly ReadArray: MethodDefinition<ArrayMessage, Uint8Array>;
  readonly ReadTable: MethodDefinition<TableMessage, Uint8Array>;
}

export function readerMethods(protoDirectory?: string): ReaderMethods {
  const generic = loadService('reader', protoDirectory) as unknown as ReaderMethods;
  const chunk = { responseSerialize: serializeChunkPiece, responseDeserialize: deserializeChunkPiece };
  const pieces = { responseSerialize: serializePiece, responseDeserialize: deserializePiece };
  return {
    Describe: generic.Describe,
    ReadChunk: { ...generic.ReadChunk, ...chunk },
    ReadLargeChunk: { ...generic.ReadLargeChunk, ...chunk },
    ReadArray: { ...generic.ReadArray, ...pieces },
    ReadTable: { ...generic.ReadTable, ...pieces },
  };
}

export function encodeLayout(layout: ArrayLayout): LayoutMessage {
  return {
    dataTypeJson: JSON.stringify(formatDescr(layout.dataType)),
    shape: layout.grid.shape,
    chunks: layout.grid.chunks.map((chunks) => (typeof chunks === 'number' ? { regular: chunks } : { lengths: chunks })),
    edge: layout.edge,
    fillValue: layout.fillValue,
    codecsJson: JSON.stringify(layout.codecs),
    volatile: layout.volatile,
  };
}

export function decodeLayout(message: LayoutMessage): ArrayLayout {
  const { fillValue } = message;
  return {
    dataType: parseDescr(JSON.parse(message.dataTypeJson ?? '""') as NumpyDescr),
    grid: {
      shape: message.shape ?? [],
      chunks: (message.chunks ?? []).map((axis): AxisChunks => axis.regular ?? axis.lengths ?? []),
    },
    edge: message.edge as ArrayLayout['edge'],
    ...present('fillValue', fillValue && new Uint8Array(fillValue)),
    codecs: JSON.parse(message.codecsJson ?? '[]') as CodecSpec[],
    volatile: message.volatile ?? false,
  };
}

export function encodeChunkRequest(ticket: Ticket, request: ChunkRequest, key: KeyObject): ChunkMessage {
  return {
    ticket: sealTicket(ticket, key), chunkIndex: request.chunkIndex, chunkShape: request.chunkShape,
    codecsJson: JSON.stringify(request.codecs), column: request.column, isFilled: request.isFilled,
    knownVersion: request.knownVersion, ...encodeRange(request.range),
  };
}

function encodeRange(range: ChunkRange | undefined): Pick<ChunkMessage, 'rangeStart' | 'rangeEnd' | 'rangeSuffix'> {
  if (!range) return {};
  return 'start' in range ? { rangeStart: range.start, rangeEnd: range.end } : { rangeSuffix: range.suffixByteLength };
}

function decodeRange({ rangeStart, rangeEnd, rangeSuffix }: ChunkMessage): ChunkRange | undefined {
  if (rangeSuffix !== undefined) return { suffixByteLength: rangeSuffix };
  return rangeStart === undefined ? undefined : { start: rangeStart, ...present('end', rangeEnd) };
}

export function decodeChunkRequest(message: ChunkMessage): ChunkRequest {
  return {
    chunkIndex: message.chunkIndex ?? [],
    chunkShape: message.chunkShape ?? [],
    codecs: JSON.parse(message.codecsJson ?? '[]') as CodecSpec[],
    ...present('column', message.column),
    ...(message.isFilled ? { isFilled: true } : {}),
    ...present('knownVersion', message.knownVersion),
    ...present('range', decodeRange(message)),
  };
}

function encodeSelectionItem(item: SelectionItem): SelectionItemMessage {
  return item.kind === 'index' ? { index: item.index } : { start: item.start, stop: item.stop, step: item.step };
}

function decodeSelectionItem(message: SelectionItemMessage): SelectionItem {
  if (message.index !== undefined) return { kind: 'index', index: message.index };
  return { kind: 'slice', ...present('start', message.start), ...present('stop', message.stop), ...present('step', message.step) };
}

export function encodeArrayRequest(ticket: Ticket, request: ArrayRequest, key: KeyObject): ArrayMessage {
  return {
    ticket: sealTicket(ticket, key), selection: request.selection.map(encodeSelectionItem),
    block: request.block && { index: request.block }, mediaType: request.mediaType, column: request.column,
  };
}

export function decodeArrayRequest(message: ArrayMessage): ArrayRequest {
  return {
    selection: (message.selection ?? []).map(decodeSelectionItem),
    ...(message.block ? { block: message.block.index ?? [] } : {}),
    mediaType: message.mediaType ?? '',
    ...present('column', message.column),
  };
}

export function encodeTableRequest(ticket: Ticket, request: TableRequest, key: KeyObject): TableMessage {
  const { columns, partitions, rows, filter, mediaType } = request;
  return {
    ticket: sealTicket(ticket, key), hasColumns: columns !== undefined, columns: columns ?? [],
    partitionsStart: partitions?.start, partitionsStop: partitions?.stop, rowsStart: rows?.start, rowsStop: rows?.stop,
    filterJson: filter && JSON.stringify(filter), mediaType,
  };
}

/** @throws TesseraError invalid_argument if the filter is none. */
export function decodeTableRequest(message: TableMessage): TableRequest {
  const { partitionsStart, partitionsStop, rowsStart, rowsStop, filterJson } = message;
  return {
    ...(message.hasColumns ? { columns: message.columns ?? [] } : {}),
    ...(partitionsStart === undefined || partitionsStop === undefined ? {} : { partitions: { start: partitionsStart, stop: partitionsStop } }),
    ...(rowsStart === undefined ? {} : { rows: { start: rowsStart, ...present('stop', rowsStop) } }),
    ...(filterJson === undefined ? {} : { filter: checkTableFilter(JSON.parse(filterJson)) }),
    mediaType: message.mediaType ?? '',
  };
}
