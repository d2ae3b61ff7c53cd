// What plug-ins build on: the package `@tessera/plugin-api`. A name that is here stays, and means the same, for as long as
// `pluginApiVersion` does.
export type {
  AddOptions, Additions, AffineRefs, ArrayExporter, ArrayManifest, ArraySource, ArrayStructure, AxisChunks, ByteRange, ByteStore, Call, ChunkGrid, ChunkRefs,
  Codec, CodecContext, CodecLoaders, CodecSpec, DataSourceDraft, DataType, Entry, ErrorCode, ErrorDetails, ExporterRegistration, ExportOptions, Format,
  IndexedNode, InlineRefs, Json, JsonObject, Manifest, NodePath, NumpyDescr, Plugin, PluginRegistry, ResolvedCodec, ScalarType, Source, Spec, Structure, StructField, StructType,
  TableRefs, TemplateRefs,
} from '@tessera/domain';
export {
  TesseraError, isTesseraError, pluginApiVersion,
  checkGrid, chunkOrdinal, contiguousGrid, elementCount, gridShape, regularChunkShape, sourceOf,
  fieldByteLength, formatDescr, isStruct, parseDescr, parseScalarType, sameDataType, structType,
} from '@tessera/domain';
