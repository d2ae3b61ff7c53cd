import { Packr } from 'msgpackr';

// Plain maps with string keys: the packer's own records are not MessagePack.
const packr = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true });

/** MessagePack of a JSON-like value. */
export function encodeMessagePack(value: unknown): Uint8Array {
  return packr.pack(withBigIntegers(value));
}

/**
 * The packer writes whole numbers beyond 32 bits as floats unless they are BigInts.
 * Parts without such numbers are not copied.
 */
function withBigIntegers(value: unknown): unknown {
  if (typeof value === 'number') return isWide(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) {
    const items = value.map(withBigIntegers);
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  const entries = Object.entries(value as object);
  const converted = entries.map(([key, item]) => [key, withBigIntegers(item)] as const);
  return converted.some(([, item], index) => item !== entries[index]![1]) ? Object.fromEntries(converted) : value;
}

const isWide = (value: number) => Number.isSafeInteger(value) && (value > 0xffffffff || value < -0x80000000);
