/** Numbers from 0 to below 1 that are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes as no writer leaves them: cut, with bytes changed, taken out, doubled or put in, in ways that never change. */
export function* damaged(bytes: Uint8Array, count: number, seed = 1): Generator<Uint8Array> {
  const random = seededRandom(seed);
  const at = (length: number) => Math.floor(random() * length);
  for (let number = 0; number < count; number++) {
    const kind = number % 6;
    if (kind === 0) yield bytes.slice(0, at(bytes.byteLength));
    else if (kind === 1) yield spliced(bytes, at(bytes.byteLength), at(16), new Uint8Array());
    else if (kind === 2) yield spliced(bytes, at(bytes.byteLength), 0, Uint8Array.from({ length: 1 + at(16) }, () => at(256)));
    else {
      const changed = bytes.slice();
      // Headers tell most, and lie at the start.
      const reach = kind === 3 ? changed.byteLength : Math.min(changed.byteLength, 1024);
      for (let change = 0; change <= at(4) && reach > 0; change++) changed[at(reach)] = kind === 5 ? [0, 0x30, 0x39, 0x7f, 0x80, 0xff][at(6)]! : at(256);
      yield changed;
    }
  }
}

function spliced(bytes: Uint8Array, at: number, removed: number, inserted: Uint8Array): Uint8Array {
  const result = new Uint8Array(Math.max(at, bytes.byteLength - removed) + inserted.byteLength);
  const rest = bytes.subarray(Math.min(at + removed, bytes.byteLength));
  result.set(bytes.subarray(0, at));
  result.set(inserted, at);
  result.set(rest, at + inserted.byteLength);
  return result.subarray(0, at + inserted.byteLength + rest.byteLength);
}
