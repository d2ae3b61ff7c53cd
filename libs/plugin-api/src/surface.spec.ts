import { pluginApiVersion } from '@tessera/domain';
import * as api from './index.ts';
import * as testing from './testing.ts';

/** What plug-ins import. A name that goes, or means something else, needs a higher version; one that comes does not. */
const surface: Readonly<Record<number, readonly string[]>> = {
  1: [
    'TesseraError', 'checkGrid', 'chunkOrdinal', 'contiguousGrid', 'elementCount', 'fieldByteLength', 'formatDescr', 'gridShape', 'isStruct', 'isTesseraError',
    'parseDescr', 'parseScalarType', 'pluginApiVersion', 'regularChunkShape', 'sameDataType', 'sourceOf', 'structType',
    'testing.FixtureStore', 'testing.codecContract', 'testing.exporterContract', 'testing.formatContract', 'testing.readWhole',
  ],
};

it('is what this version of the interface promises', () => {
  const names = [...Object.keys(api), ...Object.keys(testing).map((name) => `testing.${name}`)];
  expect(names.sort()).toEqual([...surface[pluginApiVersion]!].sort());
});
