import type { IndexRequest, JsonObject } from '@tessera/domain';
import { present } from '../catalog/node.wire.ts';

export interface IndexMessage {
  uri?: string;
  mediaType?: string | undefined;
  parametersJson?: string | undefined;
}

export interface IdentifyMessage {
  uri?: string;
  isDirectory?: boolean;
}

export function encodeIndexRequest(request: IndexRequest): IndexMessage {
  const parametersJson = request.parameters === undefined ? undefined : JSON.stringify(request.parameters);
  return { uri: request.uri, mediaType: request.mediaType, parametersJson };
}

export function decodeIndexRequest(message: IndexMessage): IndexRequest {
  return {
    uri: message.uri ?? '',
    ...present('mediaType', message.mediaType),
    ...(message.parametersJson === undefined ? {} : { parameters: JSON.parse(message.parametersJson) as JsonObject }),
  };
}
