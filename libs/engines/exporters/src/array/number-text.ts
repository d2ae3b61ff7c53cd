// Decimal texts of floating-point numbers: the fewest digits that read back as the same number.

/**
 * A finite or non-finite number as Python writes it: `1.0`, `1e-05`, `nan`, `-inf`.
 * `digits` bounds the significant digits of a type narrower than float64.
 */
export function floatText(value: number, narrow?: NarrowFloat): string {
  if (value !== value) return 'nan';
  if (value === Infinity) return 'inf';
  if (value === -Infinity) return '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const shortest = narrow ? shortestNarrow(value, narrow) : value;
  const size = Math.abs(shortest);
  if (size >= 1e-4 && size < 1e16) {
    const text = String(shortest);
    return Number.isInteger(shortest) ? `${text}.0` : text;
  }
  // Python's exponents have a sign and two digits at least; JavaScript's one.
  const [mantissa, exponent] = shortest.toExponential().split('e') as [string, string];
  return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

/** A type with less precision than JavaScript's numbers. */
export interface NarrowFloat {
  readonly round: (value: number) => number;
  /** Decimal digits that are always kept, and that always suffice. */
  readonly fewestDigits: number;
  readonly mostDigits: number;
}

export const float32: NarrowFloat = { round: Math.fround, fewestDigits: 6, mostDigits: 9 };
export const float16: NarrowFloat = { round: roundToFloat16, fewestDigits: 3, mostDigits: 5 };

/** The float64 whose shortest text is the shortest text of the narrow value. */
function shortestNarrow(value: number, { round, fewestDigits, mostDigits }: NarrowFloat): number {
  for (let digits = fewestDigits; digits < mostDigits; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (round(candidate) === value) return candidate;
  }
  return Number(value.toPrecision(mostDigits));
}

/** The float16 (IEEE 754 binary16) with these bits. */
export function float16FromBits(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function roundToFloat16(value: number): number {
  const size = Math.abs(value);
  const exponent = Math.max(Math.floor(Math.log2(size)), -14);
  const unit = 2 ** (exponent - 10);
  const rounded = roundHalfToEven(size / unit) * unit;
  return Math.sign(value) * (rounded > 65504 ? Infinity : rounded);
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
