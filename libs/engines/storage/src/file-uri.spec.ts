import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { childUri, formatFileUri, parseFileUri, uriName } from './file-uri.ts';

const name = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..' && text.isWellFormed());

describe('file URIs', () => {
  it('round-trips any path', () => {
    fc.assert(fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), (names) => {
      const path = `/${names.join('/')}`;
      expect(parseFileUri(formatFileUri(path))).toBe(path);
    }));
  });

  it('makes the URI of an entry as it makes that of its path', () => {
    fc.assert(fc.property(name, name, (folder, entry) => {
      const uri = childUri(formatFileUri(`/${folder}`), entry);
      expect(uri).toBe(formatFileUri(`/${folder}/${entry}`));
      expect(uriName(uri)).toBe(entry);
    }));
  });

  it('takes the forms with and without host, and spaces left as they are', () => {
    expect(parseFileUri('file:///data/x')).toBe('/data/x');
    expect(parseFileUri('file://localhost/data/sp ace.npy')).toBe('/data/sp ace.npy');
    expect(parseFileUri(pathToFileURL('/data/100% #1?.h5').href)).toBe('/data/100% #1?.h5');
  });

  it.each(['file://otherhost/data/x', 'file:///data/%2e%2e%2fsecret', 'file:///a%00b', 'file:///a%zz'])('refuses %s', (uri) => {
    expect(() => parseFileUri(uri)).toThrow(expect.objectContaining({ code: 'permission_denied' }));
  });

  it.each(['/data/x', 'http://localhost/data/x', ''])('does not take "%s" for a file', (uri) => {
    expect(() => parseFileUri(uri)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });
});
