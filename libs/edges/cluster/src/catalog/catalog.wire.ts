// Messages of tessera.catalog.v1.Catalog that are more than a node or a page.
import { TesseraError, type ListRequest, type Node, type NodeDraft, type Registration, type ResolveOptions } from '@tessera/domain';
import { messageByteLength } from '../channel.ts';
import { decodeDraft, encodeDraft, encodeNode, present, type NodeDraftMessage, type NodeMessage, type SourceMessage } from './node.wire.ts';
import { decodePageRequest, decodeSort, encodePageRequest, encodeSort, type PageEndMessage, type PageRequestMessage, type SortItemMessage } from './page.wire.ts';

export interface OptionsMessage {
  withDataSources?: boolean | undefined;
  withChildCount?: boolean | undefined;
}

export interface ChildrenMessage extends OptionsMessage {
  path?: readonly string[];
  page?: PageRequestMessage;
  sort?: SortItemMessage[];
  exactCount?: boolean | undefined;
  readableOnly?: boolean | undefined;
}

export interface NodePageMessage extends PageEndMessage {
  nodes?: NodeMessage[];
}

export interface RegisterPieceMessage {
  head?: { parent?: readonly string[]; key?: string; ifExists?: string } | null;
  draft?: NodeDraftMessage | null;
}

export interface RegisteredSourcePageMessage {
  sources?: { source?: SourceMessage; path?: readonly string[] }[];
}

/** About how many bytes of nodes go in one message; a node that is larger goes alone. */
const nodePageByteLength = 2 ** 20;
/** Most bytes of metadata that one registration may bring; it is held in memory as a whole. */
const registrationByteLength = 512 * 2 ** 20;

export function encodeOptions(options: ResolveOptions | undefined): OptionsMessage {
  return { withDataSources: options?.withDataSources, withChildCount: options?.withChildCount };
}

export function decodeOptions(message: OptionsMessage): ResolveOptions {
  return { ...present('withDataSources', message.withDataSources), ...present('withChildCount', message.withChildCount) };
}

export function encodeChildren(path: readonly string[], request: ListRequest): ChildrenMessage {
  return {
    ...encodeOptions(request), path, page: encodePageRequest(request.page), sort: encodeSort(request.sort),
    exactCount: request.exactCount, readableOnly: request.readableOnly,
  };
}

export function decodeListRequest(message: ChildrenMessage): ListRequest {
  return {
    ...decodeOptions(message), page: decodePageRequest(message.page), sort: decodeSort(message.sort),
    ...present('exactCount', message.exactCount), ...present('readableOnly', message.readableOnly),
  };
}

const weightOf = (message: NodeMessage | NodeDraftMessage) => (message.metadataJson?.length ?? 0) + (message.structureJson?.length ?? 0) + 200;

function checkWeight(message: NodeMessage | NodeDraftMessage): number {
  const weight = weightOf(message);
  // Two bytes a UTF-16 unit is more than most text needs; what is refused here would be refused by the transport, less clearly.
  if (weight * 2 > messageByteLength) throw new TesseraError('too_large', 'The metadata of this node are too large to be sent.');
  return weight;
}

/** Nodes in messages of bounded size; the last one carries `end`. There is always a last one. */
export function* encodeNodePages(nodes: readonly Node[], end: PageEndMessage): Generator<NodePageMessage> {
  let piece: NodeMessage[] = [];
  let byteLength = 0;
  for (const node of nodes) {
    const message = encodeNode(node);
    const weight = checkWeight(message);
    if (piece.length > 0 && byteLength + weight > nodePageByteLength) {
      yield { nodes: piece };
      piece = [];
      byteLength = 0;
    }
    piece.push(message);
    byteLength += weight;
  }
  yield { nodes: piece, ...end };
}

export function* encodeRegistrations(registrations: readonly Registration[]): Generator<RegisterPieceMessage> {
  for (const { parent, key, ifExists, drafts } of registrations) {
    yield { head: { parent, key, ifExists } };
    for (const draft of drafts) {
      const message = encodeDraft(draft);
      checkWeight(message);
      yield { draft: message };
    }
  }
}

/** @throws TesseraError invalid_argument if drafts come before a head, too_large for more than memory should hold. */
export async function decodeRegistrations(pieces: AsyncIterable<RegisterPieceMessage>): Promise<Registration[]> {
  const registrations: (Registration & { drafts: NodeDraft[] })[] = [];
  let byteLength = 0;
  for await (const { head, draft } of pieces) {
    if (head) {
      const ifExists = (head.ifExists ?? 'fail') as Registration['ifExists'];
      registrations.push({ parent: head.parent ?? [], key: head.key ?? '', ifExists, drafts: [] });
      continue;
    }
    const current = registrations.at(-1);
    if (!current || !draft) throw new TesseraError('invalid_argument', 'A registration must begin with its head.');
    byteLength += weightOf(draft);
    if (byteLength > registrationByteLength) throw new TesseraError('too_large', 'This registration is too large. Register less at a time.');
    current.drafts.push(decodeDraft(draft));
  }
  return registrations;
}
