import { parseZarrV2Key, parseZarrV3Key } from './parse-zarr-key.ts';

describe('parseZarrV2Key', () => {
  it('tells documents, nodes and possible chunks apart', () => {
    expect(parseZarrV2Key('/a/b/.zarray')).toEqual({ kind: 'document', path: ['a', 'b'], document: '.zarray' });
    expect(parseZarrV2Key('/a//b/')).toEqual({ kind: 'node', path: ['a', 'b'] });
    expect(parseZarrV2Key('/a/1.0.2')).toEqual({ kind: 'chunk-or-node', path: ['a', '1.0.2'], array: ['a'], chunkIndex: [1, 0, 2] });
    expect(parseZarrV2Key('/')).toEqual({ kind: 'node', path: [] });
    expect(parseZarrV2Key('a/zarr.json')).toEqual({ kind: 'node', path: ['a', 'zarr.json'] });
  });
});

describe('parseZarrV3Key', () => {
  it('tells documents, nodes and possible chunks apart', () => {
    expect(parseZarrV3Key('/a%20b/zarr.json')).toEqual({ kind: 'document', path: ['a b'], document: 'zarr.json' });
    expect(parseZarrV3Key('zarr.json')).toEqual({ kind: 'document', path: [], document: 'zarr.json' });
    expect(parseZarrV3Key('a/b')).toEqual({ kind: 'node', path: ['a', 'b'] });
    expect(parseZarrV3Key('a/c/1/0/2')).toEqual({ kind: 'chunk-or-node', path: ['a', 'c', '1', '0', '2'], array: ['a'], chunkIndex: [1, 0, 2] });
    expect(parseZarrV3Key('')).toEqual({ kind: 'node', path: [] });
    expect(parseZarrV3Key('1/2')).toEqual({ kind: 'node', path: ['1', '2'] });
    expect(parseZarrV3Key('a/c/1.0')).toEqual({ kind: 'node', path: ['a', 'c', '1.0'] });
  });

  it('takes the chunk of a 0-d array, and arrays and groups called c', () => {
    expect(parseZarrV3Key('a/c')).toEqual({ kind: 'chunk-or-node', path: ['a', 'c'], array: ['a'], chunkIndex: [] });
    expect(parseZarrV3Key('c/c/0')).toMatchObject({ array: ['c'], chunkIndex: [0] });
    expect(parseZarrV3Key('c/0/c/1')).toMatchObject({ array: ['c', '0'], chunkIndex: [1] });
  });
});
