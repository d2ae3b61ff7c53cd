import { parseDescr, type JsonObject, type Node, type Resolved } from '@tessera/domain';
import { arrayAttributesV2 } from './attributes.ts';

function written(metadata: JsonObject, descr = '<f4'): string {
  const node = { path: ['a'], metadata, specs: [], structure: { family: 'array', array: { shape: [2], chunks: [2], dataType: parseDescr(descr) } } };
  return JSON.stringify(arrayAttributesV2({ node: node as unknown as Node } as Resolved));
}

describe('the attributes of an array', () => {
  it('are those of the node', () => {
    expect(written({ units: 'm', n: 3, list: [1, 2.5] })).toBe('{"units":"m","n":3,"list":[1,2.5],"_ARRAY_DIMENSIONS":["dim_2"]}');
  });

  it('have floats that Python takes for floats where it matters', () => {
    expect(written({ scale_factor: 2, add_offset: [-0.5, 0], n: 2, missing_value: 1e20, list: [1, 2 ** 60] }))
      .toBe('{"scale_factor":2.0,"add_offset":[-0.5,0.0],"n":2,"missing_value":1e+20,"list":[1,1.152921504606847e+18],"_ARRAY_DIMENSIONS":["dim_2"]}');
    expect(written({ _FillValue: 2 ** 60, missing_value: 2 ** 60, other: 2 ** 60 }, '<i8')).toBe('{"_FillValue":1152921504606847000,"missing_value":1152921504606847000,"other":1.152921504606847e+18,"_ARRAY_DIMENSIONS":["dim_2"]}');
  });
});
