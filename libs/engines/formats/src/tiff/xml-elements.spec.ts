import fc from 'fast-check';
import { xmlEvents } from './xml-elements.ts';

const read = (text: string) => [...xmlEvents(text)].map(({ kind, name, attributes }) => [kind, name, ...(attributes.size > 0 ? [Object.fromEntries(attributes)] : [])]);

describe('elements of XML', () => {
  it('come with attributes and text, without prefixes, comments and instructions', () => {
    const text = '<?xml version="1.0"?><!-- <no/> --><a:b x="1 &gt; 0" q:y=\'&#x41;&#66;\' z=">"><c/>t &amp; u<![CDATA[<d>]]></a:b>';
    expect(read(text)).toEqual([
      ['start', 'b', { x: '1 > 0', y: 'AB', z: '>' }], ['start', 'c'], ['end', 'c'], ['text', 't & u'], ['end', 'b'],
    ]);
  });

  it('end with the text, whatever is in it', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('<', '>', '/', '"', "'", '!', '?', '--', '[CDATA[', ']]>', 'a', '=', ' ', '&#1114112;', '&lt;')), (parts) => {
      expect([...xmlEvents(parts.join(''))].length).toBeLessThanOrEqual(parts.length * 2);
    }), { numRuns: 300 });
    expect(read('<a x="unclosed>')).toEqual([['start', 'a']]);
  });
});
