import { TesseraError } from '@tessera/domain';

/** How a CSV file is to be understood; named as the keywords of pandas.read_csv. */
export interface CsvParameters {
  readonly delimiter: string;
  /** Whether the first record names the columns. */
  readonly hasHeader: boolean;
  readonly names?: readonly string[];
  /** Integers are floating point, since values may be missing in files to come. */
  readonly assumeMissing: boolean;
}

const known = ['sep', 'delimiter', 'header', 'names', 'assume_missing'];

/** @throws TesseraError invalid_argument for parameters that are not understood. */
export function parseCsvParameters(parameters: Readonly<Record<string, unknown>>, usualDelimiter: string): CsvParameters {
  const unknown = Object.keys(parameters).find((key) => !known.includes(key));
  if (unknown) throw new TesseraError('invalid_argument', `The CSV parameter "${unknown}" is not understood. Understood are ${known.join(', ')}.`);
  const names = parameters['names'];
  if (names !== undefined && !(Array.isArray(names) && names.every((name) => typeof name === 'string'))) {
    throw new TesseraError('invalid_argument', 'The CSV parameter "names" must be a list of column names.');
  }
  return {
    delimiter: parseDelimiter(parameters['sep'] ?? parameters['delimiter'] ?? usualDelimiter),
    hasHeader: parseHeader(parameters['header'], names !== undefined),
    ...(names === undefined ? {} : { names: names as string[] }),
    assumeMissing: parameters['assume_missing'] === true,
  };
}

function parseDelimiter(value: unknown): string {
  if (typeof value === 'string' && value.length === 1 && value.charCodeAt(0) < 128 && !'"\r\n'.includes(value)) return value;
  throw new TesseraError('invalid_argument', 'The CSV parameter "sep" must be one ASCII character that is no quote and no line end.');
}

function parseHeader(value: unknown, hasNames: boolean): boolean {
  if (value === undefined || value === 'infer') return !hasNames;
  if (value === null) return false;
  if (value === 0) return true;
  throw new TesseraError('invalid_argument', 'The CSV parameter "header" must be 0 or null.');
}
