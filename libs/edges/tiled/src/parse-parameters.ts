// Reads query parameters one by one and reports all that is wrong with them at once, in the
// form that clients of this API know from its validators.
import { TesseraError } from '@tessera/domain';

export type RawQuery = Readonly<Record<string, unknown>>;

/** One thing wrong with a request. */
export interface ParameterProblem {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input: unknown;
}

const trueTexts = new Set(['true', '1', 'yes', 'on', 't', 'y']);
const falseTexts = new Set(['false', '0', 'no', 'off', 'f', 'n']);

/** All values of a parameter that may repeat. */
export function valuesOf(query: RawQuery, name: string): string[] {
  const value = query[name];
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** The value of a parameter; of several the last. */
export function valueOf(query: RawQuery, name: string): string | undefined {
  return valuesOf(query, name).at(-1);
}

/** @throws TesseraError unprocessable with one item a problem. */
export function refuse(problems: readonly ParameterProblem[]): never {
  const sentence = problems.map(({ loc, msg }) => `${loc.at(-1)}: ${msg}`).join(' ');
  throw new TesseraError('unprocessable', sentence, { items: problems });
}

export class ParameterReader {
  readonly problems: ParameterProblem[] = [];
  private readonly query: RawQuery;

  constructor(query: unknown) {
    this.query = (query ?? {}) as RawQuery;
  }

  /** Throws if anything was wrong with what was read so far. */
  check(): void {
    if (this.problems.length > 0) refuse(this.problems);
  }

  text(name: string): string | undefined {
    return valueOf(this.query, name);
  }

  list(name: string): string[] {
    return valuesOf(this.query, name);
  }

  boolean(name: string): boolean {
    const text = this.text(name)?.toLowerCase();
    if (text === undefined || falseTexts.has(text)) return false;
    if (!trueTexts.has(text)) this.refuseValue('bool_parsing', name, 'Input should be a valid boolean, unable to interpret input');
    return true;
  }

  /** A whole number within bounds, undefined if it is not given. */
  integer(name: string, min: number, max = Number.MAX_SAFE_INTEGER): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text.trim())) this.refuseValue('int_parsing', name, 'Input should be a valid integer, unable to parse string as an integer');
    else if (value < min) this.refuseValue('greater_than_equal', name, `Input should be greater than or equal to ${min}`);
    else if (value > max) this.refuseValue('less_than_equal', name, `Input should be less than or equal to ${max}`);
    else return value;
    return undefined;
  }

  /** Text of a form, undefined if it is not given. */
  matching(name: string, pattern: RegExp): string | undefined {
    const text = this.text(name);
    if (text === undefined || pattern.test(text)) return text;
    this.refuseValue('string_pattern_mismatch', name, `String should match pattern '${pattern.source}'`);
    return undefined;
  }

  /** Values out of a closed list. */
  choices<Choice extends string>(name: string, choices: readonly Choice[]): Choice[] {
    const values = this.list(name);
    values.forEach((value, index) => {
      if ((choices as readonly string[]).includes(value)) return;
      const named = choices.map((choice) => `'${choice}'`);
      this.problems.push({ type: 'enum', loc: ['query', name, index], msg: `Input should be ${named.slice(0, -1).join(', ')} or ${named.at(-1)}`, input: value });
    });
    return values as Choice[];
  }

  /** Notes that a parameter must be there and is not. */
  missing(name: string): void {
    this.problems.push({ type: 'missing', loc: ['query', name], msg: 'Field required', input: null });
  }

  private refuseValue(type: string, name: string, msg: string): void {
    this.problems.push({ type, loc: ['query', name], msg, input: this.text(name) ?? null });
  }
}
