import { TesseraError, elementCount } from '@tessera/domain';

/** Rows that a predictor works on: pixels of some samples each. */
export interface PredictedRow {
  readonly samples: number;
  /** Elements in a row. */
  readonly rowLength: number;
  readonly rowCount: number;
}

/** @throws TesseraError invalid_argument if rows of `width` times `samples` elements do not make up a chunk. */
export function predictedRow(codec: string, configuration: Readonly<Record<string, unknown>>, shape: readonly number[]): PredictedRow {
  const { width, samples } = configuration;
  const count = elementCount(shape);
  const isSound = isPositive(width) && isPositive(samples) && count % (width * samples) === 0;
  if (!isSound) throw new TesseraError('invalid_argument', `The codec ${codec} needs a "width" and a number of "samples" that divide its chunks.`);
  return { samples, rowLength: width * samples, rowCount: count / (width * samples) };
}

function isPositive(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
