import type { ArrayExporter, Call } from '@tessera/domain';
import type { FaultReporter } from './fault.ts';

/** An exporter of a plug-in that is held to hand on bytes, and whose faults are told as its own. */
export function guardExporter(exporter: ArrayExporter, mediaType: string, reporter: FaultReporter): ArrayExporter {
  const failed = (error: unknown, call?: Call) => reporter.translate(error, `export ${mediaType}`, 'internal', `The plug-in "${reporter.plugin}" failed to write ${mediaType}.`, call);
  return {
    export(source, options) {
      let pieces: AsyncIterable<Uint8Array>;
      try {
        pieces = exporter.export(source, options);
      } catch (error) {
        throw failed(error, options.call);
      }
      return checked(pieces, (error) => failed(error, options.call));
    },
  };
}

async function* checked(pieces: AsyncIterable<Uint8Array>, failed: (error: unknown) => Error): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of pieces) {
      if (!ArrayBuffer.isView(piece)) throw new Error('an exporter hands on Uint8Arrays');
      yield piece;
    }
  } catch (error) {
    throw failed(error);
  }
}
