import type { Call, Codec, ResolvedCodec } from '@tessera/domain';
import type { FaultReporter } from './fault.ts';

/** A codec of a plug-in that cannot hand on more than a chunk can have, and whose faults are told. */
export function guardCodec(codec: Codec, reporter: FaultReporter): Codec {
  const { name, kind, isMainThreadOnly } = codec;
  const failed = (error: unknown, activity: string, call?: Call) =>
    reporter.translate(error, `${name}: ${activity}`, 'gone', `A chunk of these data could not be decoded (${name}): it is damaged, or the plug-in "${reporter.plugin}" is.`, call);
  return {
    name, kind, ...(isMainThreadOnly === undefined ? {} : { isMainThreadOnly }),
    resolve(configuration, context) {
      let resolved: ResolvedCodec;
      try {
        resolved = codec.resolve(configuration, context);
        if (!Number.isSafeInteger(resolved.maxEncodedByteLength) || resolved.maxEncodedByteLength < 0) throw new Error('maxEncodedByteLength is not a number of bytes');
      } catch (error) {
        throw failed(error, 'resolve');
      }
      const run = (activity: 'decode' | 'encode', work: () => Uint8Array | Promise<Uint8Array>, maxByteLength: number, call: Call | undefined) => {
        try {
          const result = work();
          if (result instanceof Promise) return result.then((bytes) => checkBytes(bytes, maxByteLength)).catch((error: unknown) => { throw failed(error, activity, call); });
          return checkBytes(result, maxByteLength);
        } catch (error) {
          throw failed(error, activity, call);
        }
      };
      return {
        ...(resolved.encodedShape ? { encodedShape: resolved.encodedShape } : {}),
        ...(resolved.encodedDataType ? { encodedDataType: resolved.encodedDataType } : {}),
        maxEncodedByteLength: resolved.maxEncodedByteLength,
        decode: (bytes, call) => run('decode', () => resolved.decode(bytes, call), context.maxByteLength, call),
        ...(resolved.encode && { encode: (bytes, call) => run('encode', () => resolved.encode!(bytes, call), resolved.maxEncodedByteLength, call) } satisfies Pick<ResolvedCodec, 'encode'>),
      };
    },
  };
}

function checkBytes(bytes: Uint8Array, maxByteLength: number): Uint8Array {
  if (!ArrayBuffer.isView(bytes)) throw new Error('a codec hands on a Uint8Array');
  if (bytes.byteLength > maxByteLength) throw new Error(`${bytes.byteLength} bytes came out; there can be ${maxByteLength} at most`);
  return bytes;
}

