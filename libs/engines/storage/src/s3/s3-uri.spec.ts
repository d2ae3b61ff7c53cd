import fc from 'fast-check';
import { formatS3Uri, isSoundKey, parseS3Path, parseS3Uri } from './s3-uri.ts';

describe('S3 URIs', () => {
  it('round-trip any key that is asked for', () => {
    fc.assert(fc.property(fc.string({ minLength: 1, maxLength: 40, unit: 'binary' }).filter((key) => isSoundKey(key)), (key) => {
      const uri = formatS3Uri({ bucket: 'bucket', key });
      expect(parseS3Uri(uri)).toEqual({ bucket: 'bucket', key });
      expect(new URL(uri).href).toBe(uri);
    }));
  });

  it('take a key as a person writes it for what it is', () => {
    expect(parseS3Path('s3://b-1.x/a%20b/c d?#/')).toEqual({ bucket: 'b-1.x', key: 'a%20b/c d?#' });
    expect(parseS3Path('S3://bucket/')).toEqual({ bucket: 'bucket', key: '' });
    expect(formatS3Uri(parseS3Path('s3://bucket'))).toBe('s3://bucket');
  });

  it.each(['s3://bucket/a/../b', 's3://bucket/%2e%2e/b', 's3://bucket/a%2f..%2fb', 's3://bucket/a//b', 's3://bucket/./a', 's3://bucket/a%00', 's3://bucket/%zz', `s3://bucket/${'k'.repeat(1025)}`])('refuse %s', (uri) => {
    expect(() => parseS3Uri(uri)).toThrow(expect.objectContaining({ code: 'permission_denied' }));
  });

  it.each(['s3://', 's3:///key', 's3://b', 's3://user@host/key', 's3://host:80/key', 'http://bucket/key', ''])('do not take "%s" for an object', (uri) => {
    expect(() => parseS3Uri(uri)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });
});
