import { cbfFormat } from './cbf.format.js';
import { cbfExporter } from './cbf.exporter.js';
import { byteOffsetCodec } from './byte-offset.codec.js';

/** The version of the plug-in interface that this was written for. */
export const apiVersion = 1;

/**
 * Called by Tessera once in each process.
 * @param {import('@tessera/plugin-api').PluginRegistry} registry
 */
export function register({ formats, codecs, exporters }) {
  formats.add(cbfFormat);
  codecs.add(byteOffsetCodec);
  exporters.add({ family: 'array', mediaType: 'application/x-cbf', aliases: ['cbf'], exporter: cbfExporter });
}
