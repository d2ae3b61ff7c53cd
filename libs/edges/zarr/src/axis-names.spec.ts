import { parseDescr, type Node, type Structure } from '@tessera/domain';
import { axisNamesOf } from './axis-names.ts';

const dataType = parseDescr('<i2');
const node = (structure: Structure): Node => ({ id: 0, path: ['a'], structure, metadata: {}, specs: [], insideFile: false, revision: 1 });
const namesOf = (shape: readonly number[], dims?: readonly string[]) => axisNamesOf({ node: node({ family: 'array', array: { dataType, shape, chunks: shape, ...(dims ? { dims } : {}) } }) });

describe('axisNamesOf', () => {
  it('are those of the array, or of the rows of a table', () => {
    expect(namesOf([4, 4], ['y', 'x'])).toEqual(['y', 'x']);
    expect(axisNamesOf({ node: node({ family: 'table', table: { arrowSchema: '', columns: ['c'], partitionCount: 1 } }), column: 'c' })).toEqual(['row']);
  });

  it('are made of lengths where there are none, none of them twice', () => {
    expect(namesOf([])).toEqual([]);
    expect(namesOf([7, 0, 9])).toEqual(['dim_7', 'dim_0', 'dim_9']);
    expect(namesOf([5, 5, 3, 5])).toEqual(['dim_5', 'dim_5_2', 'dim_3', 'dim_5_3']);
  });
});
