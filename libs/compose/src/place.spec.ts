import { isCalled, place, placeEvents, type Addresses } from './place.ts';
import { roleNames } from './roles.ts';

const nowhere: Addresses = { catalog: [], identity: [], search: [], reader: [], indexer: [], ingest: [] };

describe('place', () => {
  it('is local for every port when every role is here', () => {
    for (const port of ['catalog', 'identity', 'search', 'reader', 'indexer', 'ingest'] as const) {
      expect(place(port, roleNames, nowhere)).toEqual({ at: 'local' });
    }
    expect(placeEvents(roleNames, undefined)).toEqual({ at: 'local' });
    expect(isCalled(roleNames)).toBe(false);
  });

  it('is remote where another process provides the port', () => {
    expect(place('reader', ['gateway'], { ...nowhere, reader: ['a:1', 'b:1'] })).toEqual({ at: 'remote', addresses: ['a:1', 'b:1'] });
    expect(place('reader', ['gateway', 'reader'], { ...nowhere, reader: ['a:1'] })).toEqual({ at: 'local' });
    expect(isCalled(['gateway'])).toBe(false);
    expect(isCalled(['reader'])).toBe(true);
  });

  it('says which setting is missing', () => {
    expect(() => place('catalog', ['gateway'], nowhere)).toThrow('TESSERA_CATALOG__ADDRESSES');
    expect(() => placeEvents(['catalog'], undefined)).toThrow('TESSERA_NATS__URL');
  });
});
