import { readFileSync } from 'node:fs';
import { TesseraError } from '@tessera/domain';

/** What a setting holds: PEM, or the path of a file of it. @throws TesseraError invalid_argument if it is neither. */
export function readPem(value: string, setting: string): string {
  if (value.includes('-----BEGIN')) return value;
  let reason: string;
  try {
    const content = readFileSync(value, 'utf8');
    if (content.includes('-----BEGIN')) return content;
    reason = 'the file has none';
  } catch (cause) {
    reason = (cause as Error).message;
  }
  throw new TesseraError('invalid_argument', `${setting} is neither PEM nor the path of a file of it: ${reason}`);
}
