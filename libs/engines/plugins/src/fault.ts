import { TesseraError, errorCodes, isTesseraError, type Call, type ErrorCode } from '@tessera/domain';

/** Told of what goes wrong inside a plug-in: what it did then, and what it threw. */
export type OnFault = (plugin: string, activity: string, error: unknown) => void;

/** Faults of one plug-in that are told; a fault in every file of a folder says nothing new. */
const maxToldFaults = 20;

/** Turns what a plug-in throws into errors that say whose they are. */
export class FaultReporter {
  readonly plugin: string;
  readonly #onFault: OnFault;
  #toldCount = 0;

  constructor(plugin: string, onFault: OnFault) {
    this.plugin = plugin;
    this.#onFault = onFault;
  }

  /** The error itself if it is meant for the user; otherwise it is told, and `code` and `message` stand for it. Who went away is told nothing. */
  translate(error: unknown, activity: string, code: ErrorCode, message: string, call?: Call): TesseraError {
    // A later version of the interfaces may have codes that this one has not.
    if (isTesseraError(error) && Object.hasOwn(errorCodes, error.code)) return error;
    if (call?.signal?.aborted) return new TesseraError('cancelled', 'The caller went away.', {}, { cause: error });
    this.tell(activity, error);
    return new TesseraError(code, message, { plugin: this.plugin }, { cause: error });
  }

  tell(activity: string, error: unknown): void {
    if (this.#toldCount >= maxToldFaults) return;
    this.#toldCount++;
    this.#onFault(this.plugin, activity, error);
  }
}
