// Nodes and drafts ⇄ tessera.catalog.v1 messages. What is optional in the domain is absent here, never null or empty.
import type { Asset, DataSource, DataSourceDraft, Json, JsonObject, Node, NodeDraft, Source, Spec, Structure } from '@tessera/domain';

/** As proto-loader gives and takes it: fields that are not set are absent or undefined. */
type Optional<T> = T | undefined;

export interface SourceMessage {
  uri?: string;
  byteLength?: Optional<number>;
  modifiedAtMs?: Optional<number>;
  etag?: Optional<string>;
}

interface AssetMessage {
  id?: number;
  uri?: string;
  isDirectory?: boolean;
  byteLength?: Optional<number>;
  parameter?: Optional<string>;
  ordinal?: Optional<number>;
}

interface DataSourceMessage {
  id?: number;
  mediaType?: string;
  parametersJson?: string;
  propertiesJson?: string;
  management?: string;
  assets?: AssetMessage[];
}

interface AssetDraftMessage {
  source?: SourceMessage;
  isDirectory?: boolean;
  parameter?: Optional<string>;
  ordinal?: Optional<number>;
}

interface DataSourceDraftMessage {
  mediaType?: string;
  parametersJson?: Optional<string>;
  propertiesJson?: Optional<string>;
  management?: string;
  assets?: AssetDraftMessage[];
}

interface SpecMessage {
  name?: string;
  version?: Optional<string>;
}

export interface NodeDraftMessage {
  path?: readonly string[];
  structureJson?: string;
  metadataJson?: string;
  specs?: SpecMessage[];
  manifestId?: Optional<string>;
  problem?: Optional<string>;
  dataSource?: Optional<DataSourceDraftMessage>;
}

export interface NodeMessage extends Omit<NodeDraftMessage, 'dataSource'> {
  id?: number;
  parentId?: Optional<number>;
  insideFile?: boolean;
  childCount?: Optional<number>;
  hasDataSources?: boolean;
  dataSources?: DataSourceMessage[];
  revision?: number;
}

/** `{ [key]: value }`, or nothing if there is no value: for properties that must be absent rather than undefined. */
export function present<Key extends string, Value>(key: Key, value: Value | undefined): { [name in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { [name in Key]?: Value };
}

const parseObject = (text: string | undefined): JsonObject => (text ? (JSON.parse(text) as JsonObject) : {});
const formatJson = (value: Json | undefined): string | undefined => (value === undefined ? undefined : JSON.stringify(value));

export function encodeSource(source: Source): SourceMessage {
  return { uri: source.uri, byteLength: source.byteLength, modifiedAtMs: source.modifiedAtMs, etag: source.etag };
}

export function decodeSource(message: SourceMessage | undefined): Source {
  return {
    uri: message?.uri ?? '',
    ...present('byteLength', message?.byteLength),
    ...present('modifiedAtMs', message?.modifiedAtMs),
    ...present('etag', message?.etag),
  };
}

function decodeSpec(message: SpecMessage): Spec {
  return { name: message.name ?? '', ...present('version', message.version) };
}

function encodeAsset(asset: Asset): AssetMessage {
  const { id, uri, isDirectory, byteLength, parameter, ordinal } = asset;
  return { id, uri, isDirectory, byteLength, parameter, ordinal };
}

function decodeAsset(message: AssetMessage): Asset {
  return {
    id: message.id ?? 0,
    uri: message.uri ?? '',
    isDirectory: message.isDirectory ?? false,
    ...present('byteLength', message.byteLength),
    ...present('parameter', message.parameter),
    ...present('ordinal', message.ordinal),
  };
}

function encodeDataSource(source: DataSource): DataSourceMessage {
  return {
    id: source.id,
    mediaType: source.mediaType,
    parametersJson: JSON.stringify(source.parameters),
    propertiesJson: JSON.stringify(source.properties),
    management: source.management,
    assets: source.assets.map(encodeAsset),
  };
}

function decodeDataSource(message: DataSourceMessage): DataSource {
  return {
    id: message.id ?? 0,
    mediaType: message.mediaType ?? '',
    parameters: parseObject(message.parametersJson),
    properties: parseObject(message.propertiesJson),
    management: (message.management ?? 'external') as DataSource['management'],
    assets: (message.assets ?? []).map(decodeAsset),
  };
}

function encodeDataSourceDraft(draft: DataSourceDraft): DataSourceDraftMessage {
  return {
    mediaType: draft.mediaType,
    parametersJson: formatJson(draft.parameters),
    propertiesJson: formatJson(draft.properties),
    management: draft.management,
    assets: draft.assets.map((asset) => ({
      source: encodeSource(asset), isDirectory: asset.isDirectory, parameter: asset.parameter, ordinal: asset.ordinal,
    })),
  };
}

function decodeDataSourceDraft(message: DataSourceDraftMessage): DataSourceDraft {
  return {
    mediaType: message.mediaType ?? '',
    ...(message.parametersJson === undefined ? {} : { parameters: parseObject(message.parametersJson) }),
    ...(message.propertiesJson === undefined ? {} : { properties: parseObject(message.propertiesJson) }),
    management: (message.management ?? 'external') as DataSource['management'],
    assets: (message.assets ?? []).map((asset) => ({
      ...decodeSource(asset.source),
      isDirectory: asset.isDirectory ?? false,
      ...present('parameter', asset.parameter),
      ...present('ordinal', asset.ordinal),
    })),
  };
}

export function encodeDraft(draft: NodeDraft): NodeDraftMessage {
  return {
    path: draft.path,
    structureJson: JSON.stringify(draft.structure),
    metadataJson: JSON.stringify(draft.metadata),
    specs: [...draft.specs],
    manifestId: draft.manifestId,
    problem: draft.problem,
    dataSource: draft.dataSource && encodeDataSourceDraft(draft.dataSource),
  };
}

export function decodeDraft(message: NodeDraftMessage): NodeDraft {
  return {
    path: message.path ?? [],
    structure: JSON.parse(message.structureJson ?? '{"family":"container"}') as Structure,
    metadata: parseObject(message.metadataJson),
    specs: (message.specs ?? []).map(decodeSpec),
    ...present('manifestId', message.manifestId),
    ...present('problem', message.problem),
    // proto-loader gives null for a message that is not set.
    ...(message.dataSource ? { dataSource: decodeDataSourceDraft(message.dataSource) } : {}),
  };
}

export function encodeNode(node: Node): NodeMessage {
  return {
    id: node.id,
    parentId: node.parentId,
    path: node.path,
    structureJson: JSON.stringify(node.structure),
    metadataJson: JSON.stringify(node.metadata),
    specs: [...node.specs],
    manifestId: node.manifestId,
    problem: node.problem,
    insideFile: node.insideFile,
    childCount: node.childCount,
    hasDataSources: node.dataSources !== undefined,
    dataSources: (node.dataSources ?? []).map(encodeDataSource),
    revision: node.revision,
  };
}

export function decodeNode(message: NodeMessage | null | undefined): Node {
  const { dataSource: _, ...draft } = decodeDraft(message ?? {});
  return {
    ...draft,
    id: message?.id ?? 0,
    ...present('parentId', message?.parentId),
    insideFile: message?.insideFile ?? false,
    ...present('childCount', message?.childCount),
    ...(message?.hasDataSources ? { dataSources: (message.dataSources ?? []).map(decodeDataSource) } : {}),
    revision: message?.revision ?? 0,
  };
}
