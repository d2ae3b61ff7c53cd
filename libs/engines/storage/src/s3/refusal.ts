import { TesseraError } from '@tessera/domain';
import type { HttpAnswer } from '../http/http-exchange.ts';
import { childText, parseXml } from './parse-xml.ts';

/** The error code in the body of an answer (Amazon S3 API reference, "Error responses"); answers to HEAD have none. */
export function s3ErrorCode({ body }: HttpAnswer): string | undefined {
  if (body.byteLength === 0) return undefined;
  try {
    return childText(parseXml(Buffer.from(body).toString()), 'Code');
  } catch {
    return undefined;
  }
}

/** A failure of the moment that has the status of a bad request. */
export function isPassingAnswer(answer: HttpAnswer): boolean {
  return answer.status === 400 && s3ErrorCode(answer) === 'RequestTimeout';
}

/** What an answer means that is neither an object nor its absence. */
export function refusalOf(answer: HttpAnswer): TesseraError {
  const { status, headers } = answer;
  const code = s3ErrorCode(answer);
  const shown = code !== undefined && /^\w{1,60}$/.test(code) ? ` (${code})` : '';
  const region = headers['x-amz-bucket-region'];
  if ((status >= 300 && status < 400) || code === 'AuthorizationHeaderMalformed') {
    const where = typeof region === 'string' && /^[\w-]{1,40}$/.test(region) ? ` in ${region}` : '';
    return new TesseraError('permission_denied', `The bucket lies elsewhere${where}: set storage.s3.region and storage.s3.endpoint accordingly.`);
  }
  if (code === 'RequestTimeTooSkewed') return new TesseraError('permission_denied', 'The clock of this server differs too much from that of the storage.');
  if (status >= 500 || status === 408 || status === 429) return new TesseraError('unavailable', `The storage does not answer${shown}. Try again.`);
  if (status === 401 || status === 403 || status === 400) return new TesseraError('permission_denied', `The storage refuses to let this server read this object${shown}.`);
  return new TesseraError('unavailable', `The storage gave an answer that is not understood: status ${status}${shown}.`);
}
