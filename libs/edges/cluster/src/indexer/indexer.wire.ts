import type { FileSeries, IndexRequest, JsonObject } from '@tessera/domain';
import { present } from '../catalog/node.wire.ts';

export interface IndexMessage {
  uri?: string;
  mediaType?: string | undefined;
  parametersJson?: string | undefined;
  series?: SeriesMessage | null | undefined;
}

interface SeriesMessage {
  prefix?: string;
  suffix?: string;
  width?: number;
  numbers?: readonly number[];
  byteLengths?: readonly number[];
  modifiedAtMs?: readonly number[];
  etags?: readonly string[] | undefined;
  previousManifestId?: string | undefined;
  previousMetadataJson?: string | undefined;
}

export interface IdentifyMessage {
  uri?: string;
  isDirectory?: boolean;
}

export function encodeIndexRequest(request: IndexRequest): IndexMessage {
  const parametersJson = request.parameters === undefined ? undefined : JSON.stringify(request.parameters);
  return { uri: request.uri, mediaType: request.mediaType, parametersJson, series: request.series && encodeSeries(request.series) };
}

function encodeSeries({ previous, ...series }: FileSeries): SeriesMessage {
  const byteLengths = series.byteLengths.map((byteLength) => (Number.isNaN(byteLength) ? -1 : byteLength));
  return { ...series, byteLengths, previousManifestId: previous?.manifestId, previousMetadataJson: previous && JSON.stringify(previous.metadata) };
}

function decodeSeries(message: SeriesMessage): FileSeries {
  const { previousManifestId: manifestId, previousMetadataJson: metadataJson } = message;
  return {
    prefix: message.prefix ?? '',
    suffix: message.suffix ?? '',
    width: message.width ?? 1,
    numbers: message.numbers ?? [],
    byteLengths: (message.byteLengths ?? []).map((byteLength) => (byteLength < 0 ? NaN : byteLength)),
    modifiedAtMs: message.modifiedAtMs ?? [],
    ...(message.etags?.length ? { etags: message.etags } : {}),
    ...(manifestId === undefined || metadataJson === undefined ? {} : { previous: { manifestId, metadata: JSON.parse(metadataJson) as JsonObject } }),
  };
}

export function decodeIndexRequest(message: IndexMessage): IndexRequest {
  return {
    uri: message.uri ?? '',
    ...present('mediaType', message.mediaType),
    ...(message.parametersJson === undefined ? {} : { parameters: JSON.parse(message.parametersJson) as JsonObject }),
    ...(message.series ? { series: decodeSeries(message.series) } : {}),
  };
}
