// Numbers in the fewest digits that give the same value again, as Python writes them.

/** A float of 2, 4 or 8 bytes: `1.5`, `2.0`, `1e+20`, `nan`, `inf`. */
export function floatText(value: number, byteWidth: 2 | 4 | 8): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return pythonText(byteWidth === 8 || value === 0 ? value : shortest(value, byteWidth));
}

/** Fewest decimal digits that round to this float of lesser width. */
function shortest(value: number, byteWidth: 2 | 4): number {
  // A float of 4 bytes keeps any six digits, so six give the fewest.
  for (let digits = byteWidth === 4 ? 6 : 1; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (byteWidth === 4 ? Math.fround(candidate) === value : roundsToHalf(candidate, value)) return candidate;
  }
  return value;
}

/** Whether `candidate` is nearer to `value` than to any other half float: 10 bits of fraction, at least 2⁻²⁴ apart. */
function roundsToHalf(candidate: number, value: number): boolean {
  const exponent = value === 0 ? -14 : Math.max(Math.floor(Math.log2(Math.abs(value))), -14);
  return Math.abs(candidate - value) < 2 ** (exponent - 11);
}

/** Python's repr: a point always, an exponent of two digits below 1e-4 and from 1e16. */
function pythonText(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  const magnitude = Math.abs(value);
  if (value !== 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
    const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
    return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
  }
  const text = String(value);
  return Number.isInteger(value) ? `${text}.0` : text;
}

/** Value of a half float from its bits. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
