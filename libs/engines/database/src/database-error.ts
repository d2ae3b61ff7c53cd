// The one place where errors of PostgreSQL, PGlite and their drivers become errors of ours.
import { isTesseraError, TesseraError, type ErrorCode } from '@tessera/domain';

/** What both drivers put on an error that the server sent: its SQLSTATE (PostgreSQL manual, appendix A). */
interface ServerError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly constraint?: unknown;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly message: string;
}

const unstorableText: Meaning = {
  code: 'unprocessable',
  message: 'A text holds a character that cannot be stored: NUL (\\u0000) or half of a surrogate pair. Remove it and send the rest.',
};
const unavailable: Meaning = { code: 'unavailable', message: 'The database cannot be reached. Try again.' };
const contended: Meaning = { code: 'unavailable', message: 'Others were changing the same entries. Try again.' };

/** By whole SQLSTATE. */
const byState: Readonly<Record<string, Meaning>> = {
  '23505': { code: 'conflict', message: 'There is one of that name already.' },
  '23503': { code: 'conflict', message: 'An entry that this belongs to was removed meanwhile.' },
  '22P05': unstorableText,
  '22P02': unstorableText,
  '22021': unstorableText,
  '2201B': { code: 'invalid_argument', message: 'The pattern is not a valid regular expression, or too complex a one.' },
  '57014': { code: 'deadline_exceeded', message: 'The query took too long and was stopped. Ask for less.' },
  '54000': { code: 'unprocessable', message: 'A name or value is too long to be stored.' },
  '54001': { code: 'unprocessable', message: 'The request is nested too deeply. Make it simpler.' },
  '40001': contended,
  '40P01': contended,
  '55P03': contended,
};

/** By class, the first two characters: connections, resources, the operator, the system. */
const byStateClass: Readonly<Record<string, Meaning>> = {
  '08': unavailable,
  '53': { code: 'unavailable', message: 'The database has no room or connections left. Try again later.' },
  '57': unavailable,
  '58': unavailable,
};

const connectionCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT', 'EACCES']);

/** Sentences by which node-postgres tells of a lost connection; those errors have no code. */
const connectionMessage = /connection terminated|connection ended|timeout exceeded when trying to connect|client has encountered a connection error|not queryable|driver has already been destroyed|cannot use a pool after calling end|is closed/i;

/** The same error in our words; the original is its cause. Errors of ours pass unchanged. */
export function toDatabaseError(error: unknown): TesseraError {
  if (isTesseraError(error)) return error;
  const meaning = meaningOf(error as ServerError | null);
  const state = sqlStateOf(error);
  const details = state === undefined ? {} : { sqlState: state };
  if (!meaning) return new TesseraError('internal', 'Internal server error', details, { cause: error });
  return new TesseraError(meaning.code, meaning.message, details, { cause: error });
}

/** SQLSTATE of an error of either driver, also when one of ours wraps it. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = isTesseraError(error) ? error.details['sqlState'] : (error as ServerError | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Whether the same transaction may well succeed when it is run again from its start. */
export function isContention(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === '40001' || state === '40P01' || state === '23503';
}

function meaningOf(error: ServerError | null): Meaning | undefined {
  const code = typeof error?.code === 'string' ? error.code : '';
  const known = byState[code] ?? (code.length === 5 ? byStateClass[code.slice(0, 2)] : undefined);
  if (known) return known;
  if (connectionCodes.has(code)) return unavailable;
  // Several addresses were tried and each failed: Node wraps the errors in one.
  const several = (error as { errors?: unknown } | null)?.errors;
  if (Array.isArray(several) && several.length > 0) return meaningOf(several[0] as ServerError);
  return typeof error?.message === 'string' && connectionMessage.test(error.message) ? unavailable : undefined;
}
