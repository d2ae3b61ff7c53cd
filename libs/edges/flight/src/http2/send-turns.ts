/**
 * Lets the streams of a connection write in turn, while there is room: no stream waits for ever because another has much
 * to send.
 */
export class SendTurns {
  readonly #hasRoom: () => boolean;
  readonly #waiting: (() => void)[] = [];

  constructor(hasRoom: () => boolean) {
    this.#hasRoom = hasRoom;
  }

  /** Resolves when it is this stream's turn, which may find no room again. */
  async wait(): Promise<void> {
    if (this.#hasRoom() && this.#waiting.length === 0) return;
    await new Promise<void>((resolve) => { this.#waiting.push(resolve); });
  }

  /** To be called after a turn, and whenever there may be room. */
  next(): void {
    if (this.#hasRoom()) this.#waiting.shift()?.();
  }

  /** Lets everybody go on, to find that there is nobody any more. */
  wakeAll(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
