import type { Call, Format } from '@tessera/domain';
import { checkNode } from './check-node.ts';
import type { FaultReporter } from './fault.ts';

/** A format of a plug-in whose faults are those of the file in question: told, and a problem there, but nowhere else. */
export function guardFormat(format: Format, reporter: FaultReporter): Format {
  const { name, mediaTypes, suffixes } = format;
  const failed = (error: unknown, activity: string, call?: Call) =>
    reporter.translate(error, `${name}: ${activity}`, 'gone', `The plug-in "${reporter.plugin}" failed on this file, which it takes for "${name}". The log of the server says how.`, call);
  return {
    ...format,
    name, mediaTypes, ...(suffixes ? { suffixes } : {}),

    async sniff(entry, head, store) {
      try {
        return (await format.sniff(entry, head, store)) === true;
      } catch (error) {
        const translated = failed(error, `sniff ${entry.uri}`);
        // Told already; the next format is asked.
        if (translated !== error) return false;
        throw error;
      }
    },

    async *index(entry, store, parameters, call) {
      let isFirst = true;
      try {
        for await (const node of format.index(entry, store, parameters, call)) {
          const checked = check(() => checkNode(node, isFirst));
          isFirst = false;
          yield checked;
        }
      } catch (error) {
        throw failed(error, `index ${entry.uri}`, call);
      }
    },

    ...(format.fingerprint && {
      async fingerprint(entry, store, call) {
        try {
          return await format.fingerprint!(entry, store, call);
        } catch (error) {
          throw failed(error, `fingerprint ${entry.uri}`, call);
        }
      },
    } satisfies Pick<Format, 'fingerprint'>),
  };
}

/** What does not fit is a fault of the plug-in, not an error for its user. */
function check<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw new Error((error as Error).message, { cause: error });
  }
}
