import { RequestSigner, formatQuery } from './sign-request.ts';

/** The examples of Amazon's own documentation ("Signature Calculations for the Authorization Header"), GET requests. */
const signer = new RequestSigner({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }, 'us-east-1');
const at = new Date('2013-05-24T00:00:00Z');
const signatureOf = (query: Record<string, string>) =>
  /Signature=([0-9a-f]{64})$/.exec(signer.sign({ method: 'GET', host: 'examplebucket.s3.amazonaws.com', path: '/', query }, at)['authorization']!)?.[1];

describe('RequestSigner', () => {
  it.each([
    ['the lifecycle of a bucket', { lifecycle: '' }, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'],
    ['a listing', { 'max-keys': '2', prefix: 'J' }, '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'],
  ])('signs the request for %s as documented', (_what, query, signature) => {
    expect(signatureOf(query)).toBe(signature);
  });

  it('signs a session token too, and another day with another key', () => {
    const temporary = new RequestSigner({ accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token' }, 'us-east-1');
    const request = { method: 'GET', host: 'h', path: '/', query: {} };
    expect(temporary.sign(request, at)).toMatchObject({ 'x-amz-security-token': 'token', authorization: expect.stringContaining('SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,') });
    const [today, tomorrow, again] = [at, new Date('2013-05-25T00:00:00Z'), at].map((time) => temporary.sign(request, time)['authorization']);
    expect(today).not.toBe(tomorrow);
    expect(today).toBe(again);
  });

  it('orders a query by name and escapes all that is not plain', () => {
    expect(formatQuery({ prefix: 'a/b c*', 'list-type': '2', list: '~' })).toBe('list=~&list-type=2&prefix=a%2Fb%20c%2A');
  });
});
