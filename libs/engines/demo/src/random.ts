// Random numbers by counter instead of by state: the n-th of a seed is computed without those before it,
// so that any range of a large array can be made by itself.

/** A seed for a name, e.g. of an array and one of its chunks (FNV-1a, 32 bits). */
export function seedOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The n-th number of a seed, uniform in [0, 1), with all 53 bits of a float64. */
export function uniform(seed: number, n: number): number {
  const high = mix((n + seed) | 0, seed);
  const low = mix(high, n | 0);
  return ((high >>> 5) * 67_108_864 + (low >>> 6)) / 9_007_199_254_740_992;
}

/** Every bit of the result depends on every bit of both (the finishing step of MurmurHash3). */
function mix(a: number, b: number): number {
  let hash = (a ^ Math.imul(b, 0x9e3779b1)) | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
