import { mediaTypeAliases, mediaTypesByFamily } from '@tessera/domain';
import type { FastifyRequest } from 'fastify';
import { negotiate } from './negotiate.ts';

const choose = (query: Record<string, unknown>, accept?: string, family: 'array' | 'table' = 'array') =>
  negotiate({ query, headers: accept === undefined ? {} : { accept } } as unknown as FastifyRequest, family, mediaTypesByFamily[family], mediaTypeAliases);

describe('negotiate', () => {
  it('takes the first supported item of format, else of Accept, else the default', () => {
    expect(choose({}, undefined)).toBe('application/octet-stream');
    expect(choose({}, '*/*')).toBe('application/octet-stream');
    expect(choose({}, '', 'table')).toBe('application/vnd.apache.arrow.file');
    expect(choose({ format: 'csv' }, 'application/json')).toBe('text/csv');
    expect(choose({ format: 'nope,PNG' })).toBe('image/png');
    expect(choose({ format: 'text/csv' })).toBe('text/csv');
    expect(choose({}, 'application/foo, application/json')).toBe('application/json');
    expect(choose({}, 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8')).toBe('text/html');
    expect(choose({}, 'image/avif,image/*')).toBe('image/png');
    expect(choose({}, 'application/json;q=0.5')).toBe('application/json');
  });

  it('keeps parameters of the type', () => {
    expect(choose({ format: 'text/csv; header=absent' }, undefined, 'table')).toBe('text/csv;header=absent');
    expect(choose({}, 'text/csv;header=absent;q=0.3', 'table')).toBe('text/csv;header=absent');
  });

  it('says what there is if nothing fits', () => {
    expect(() => choose({ format: 'avro' }, undefined, 'table')).toThrow(expect.objectContaining({ code: 'not_acceptable', message: expect.stringMatching(/Supported: .*text\/csv.* Requested: avro\.$/) }));
    expect(() => choose({}, 'application/foo')).toThrow(expect.objectContaining({ code: 'not_acceptable' }));
    expect(() => choose({ format: ['a', 'b'] })).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });
});
