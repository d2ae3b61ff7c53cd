import type { FindRequest, Query } from '@tessera/domain';
import { present } from '../catalog/node.wire.ts';
import {
  decodePageRequest, decodeSort, encodePageRequest, encodeSort, type PageEndMessage, type PageRequestMessage, type SortItemMessage,
} from '../catalog/page.wire.ts';

export interface FindMessage {
  parentId?: number;
  queryJson?: string;
  page?: PageRequestMessage;
  sort?: SortItemMessage[];
  exactCount?: boolean | undefined;
}

export interface FindReplyMessage extends PageEndMessage {
  ids?: readonly number[];
}

export interface StatusMessage {
  documents?: number;
  sequence?: number;
}

export function encodeFind(request: FindRequest): FindMessage {
  return {
    parentId: request.parentId, queryJson: JSON.stringify(request.query), page: encodePageRequest(request.page),
    sort: encodeSort(request.sort), exactCount: request.exactCount,
  };
}

export function decodeFind(message: FindMessage): FindRequest {
  return {
    parentId: message.parentId ?? 0,
    query: JSON.parse(message.queryJson ?? '{"op":"and","queries":[]}') as Query,
    page: decodePageRequest(message.page),
    sort: decodeSort(message.sort),
    ...present('exactCount', message.exactCount),
  };
}
