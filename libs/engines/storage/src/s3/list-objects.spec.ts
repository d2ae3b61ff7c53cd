import fc from 'fast-check';
import { parseListPage } from './list-objects.ts';
import { parseXml } from './parse-xml.ts';

const page = (content: string) => `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</ListBucketResult>`;

describe('a page of a listing', () => {
  it('has objects, folders, and where to go on', () => {
    const xml = page(`<IsTruncated>true</IsTruncated><EncodingType>url</EncodingType><NextContinuationToken>a&amp;b</NextContinuationToken><Delimiter>/</Delimiter>
      <Contents><Key>a/b+c%2B%0A.h5</Key><Size>12</Size><LastModified>2026-11-21T10:00:00.750Z</LastModified><ETag>&quot;abc&quot;</ETag><Owner><ID/></Owner></Contents>
      <Contents><Key>bare</Key><Size>0</Size><ETag>abc</ETag></Contents>
      <CommonPrefixes><Prefix>a/sub/</Prefix></CommonPrefixes>`);
    expect(parseListPage(xml)).toEqual({
      continuationToken: 'a&b', prefixes: ['a/sub/'],
      objects: [
        { key: 'a/b c+\n.h5', byteLength: 12, modifiedAtMs: Date.UTC(2026, 10, 21, 10), etag: '"abc"', version: '"abc"' },
        { key: 'bare', byteLength: 0, etag: '"abc"', version: '"abc"' },
      ],
    });
  });

  it('may be the last, and without encoding', () => {
    expect(parseListPage(page('<IsTruncated>false</IsTruncated><NextContinuationToken>x</NextContinuationToken><Contents><Key>100%&#x20;&#233;&lt;</Key><Size>1</Size></Contents>')))
      .toEqual({ prefixes: [], objects: [{ key: '100% é<', byteLength: 1 }] });
  });

  it.each(['', 'not xml', '<a>', '<a></b>', '<a/><b/>', '<ListBucketResult', '<html><body>hello</body></html>', '<a>'.repeat(100), '<!DOCTYPE x [<!ENTITY e "x">]><a>&e;</a>'])('is not %j', (xml) => {
    expect(() => parseListPage(xml)).toThrow(expect.objectContaining({ code: 'unavailable' }));
  });

  it('ends in an answer or a refusal, whatever the text', () => {
    const piece = fc.constantFrom('<', '>', '/', 'a', '<a>', '</a>', '<a/>', '&lt;', '&#1;', '<![CDATA[', ']]>', '<!--', '-->', '<?', '?>', '"', ' ');
    fc.assert(fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      try {
        expect(parseXml(pieces.join('')).name).not.toBe('');
      } catch (error) {
        expect(error).toMatchObject({ code: 'unavailable' });
      }
    }), { numRuns: 500 });
  });

  it('is parsed in time in line with its length', () => {
    const startedAtMs = performance.now();
    for (const text of ['<a '.repeat(100_000), '<!--'.repeat(100_000), '&'.repeat(400_000), '<![CDATA['.repeat(50_000)]) expect(() => parseXml(text)).toThrow();
    expect(performance.now() - startedAtMs).toBeLessThan(5000);
  });
});
