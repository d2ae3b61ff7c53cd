import { Metadata, status } from '@grpc/grpc-js';
import { errorCodes, isTesseraError, TesseraError, type ErrorCode } from '@tessera/domain';
import { decodeError, encodeError, isTransportFailure } from './error.wire.ts';

describe('errors on the wire', () => {
  it.each(Object.keys(errorCodes) as ErrorCode[])('%s comes back with its code, message and details', (code) => {
    const sent = new TesseraError(code, 'Größe: ⅓ of "a", ask again.', { codec: 'szip', axes: [1, 2] });
    const encoded = encodeError(sent);
    expect(encoded.code).toBe(errorCodes[code].grpc);
    const got = decodeError(encoded, undefined);
    expect({ code: got.code, message: got.message, details: got.details }).toEqual({ code, message: sent.message, details: sent.details });
    expect(isTransportFailure(got)).toBe(false);
  });

  it('tells nothing of errors that are not for users', () => {
    const got = decodeError(encodeError(new Error('password is hunter2')), undefined);
    expect(got.code).toBe('internal');
    expect(JSON.stringify([got.message, got.details])).not.toContain('hunter2');
  });

  it('never lets an error grow beyond what headers may carry', () => {
    const { metadata, details } = encodeError(new TesseraError('conflict', 'x'.repeat(1e6), { list: Array.from({ length: 1e5 }, () => 'y') }));
    expect(details.length).toBeLessThan(3_000);
    expect((metadata!.get('tessera-error-bin')[0] as Buffer).byteLength).toBeLessThan(10_000);
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(decodeError(encodeError(new TesseraError('conflict', 'm', circular)), undefined)).toMatchObject({ code: 'conflict', details: {} });
  });

  it.each([
    [status.UNAVAILABLE, 'No connection established', 'unavailable', true],
    [status.CANCELLED, 'Call cancelled', 'unavailable', true],
    [status.INTERNAL, 'Received RST_STREAM with code 2 (Internal server error)', 'unavailable', true],
    [status.INTERNAL, 'Error deserializing', 'internal', false],
    [status.DEADLINE_EXCEEDED, '', 'deadline_exceeded', false],
    [status.RESOURCE_EXHAUSTED, 'Received message larger than max', 'too_large', false],
    [status.UNIMPLEMENTED, '', 'internal', false],
  ] as const)('status %i "%s" without our trailer is %s', (code, details, expected, lost) => {
    const got = decodeError({ code, details, metadata: new Metadata() }, undefined);
    expect(isTesseraError(got, expected)).toBe(true);
    expect(isTransportFailure(got)).toBe(lost);
  });

  it('is cancelled, not lost, if we cancelled', () => {
    expect(decodeError({ code: status.CANCELLED }, { signal: AbortSignal.abort() }).code).toBe('cancelled');
  });
});
