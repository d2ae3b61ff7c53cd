import { isOtherSource, sourceOf } from './source.ts';

describe('sources', () => {
  it('are told apart by whatever both sides know', () => {
    const indexed = { uri: 's3://b/k', byteLength: 3, modifiedAtMs: 1000, etag: '"a"' };
    expect(isOtherSource(indexed, indexed)).toBe(false);
    expect(isOtherSource(indexed, {})).toBe(false);
    expect(isOtherSource({ uri: 's3://b/k' }, indexed)).toBe(false);
    for (const other of [{ byteLength: 4 }, { modifiedAtMs: 2000 }, { etag: '"b"' }]) expect(isOtherSource(indexed, { ...indexed, ...other })).toBe(true);
  });

  it('are known by their etag where that names their content', () => {
    const facts = { isDirectory: false, byteLength: 3, etag: '"a"' };
    expect(sourceOf({ uri: 's3://b/k', ...facts })).toEqual({ uri: 's3://b/k', byteLength: 3, etag: '"a"' });
    expect(sourceOf({ uri: 'file://localhost/k', ...facts })).toEqual({ uri: 'file://localhost/k', byteLength: 3 });
  });
});
