import type { JsonObject } from '@tessera/domain';

/** Metadata that all files have in common: entries that are the same in each of them. */
export class SharedMetadata {
  #value: JsonObject | undefined;
  #texts = new Map<string, string>();

  /** @param before what the files that are not opened have in common; absent if there are none. */
  constructor(before: JsonObject | undefined) {
    if (before) this.meet(before);
  }

  meet(metadata: JsonObject): void {
    if (!this.#value) {
      this.#value = metadata;
      this.#texts = new Map(Object.entries(metadata).map(([key, item]) => [key, JSON.stringify(item)]));
      return;
    }
    for (const [key, text] of this.#texts) {
      if (key in metadata && JSON.stringify(metadata[key]) === text) continue;
      this.#texts.delete(key);
      const { [key]: _different, ...rest } = this.#value;
      this.#value = rest;
    }
  }

  get value(): JsonObject {
    return this.#value ?? {};
  }
}
