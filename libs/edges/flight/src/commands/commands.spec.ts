import { isTesseraError } from '@tessera/domain';
import fc from 'fast-check';
import { parseCommand } from './parse-command.ts';
import { parseCriteria } from './parse-criteria.ts';
import { parseDescriptor } from './parse-descriptor.ts';

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const none = new Uint8Array(0);
const refused = (message: RegExp) => expect.objectContaining({ message: expect.stringMatching(message) });

describe('descriptors', () => {
  it('name a node by its keys, in one segment or several', () => {
    expect(parseDescriptor({ type: 1, cmd: none, path: ['run', 'events'] })).toEqual({ path: ['run', 'events'] });
    expect(parseDescriptor({ type: 1, cmd: none, path: ['/run/events/'] })).toEqual({ path: ['run', 'events'] });
    expect(parseDescriptor({ type: 1, cmd: none, path: [] })).toEqual({ path: [] });
    expect(parseDescriptor({ type: 2, cmd: json({ path: 'a' }), path: [] })).toEqual({ path: ['a'] });
    expect(() => parseDescriptor({ type: 0, cmd: none, path: ['a'] })).toThrow(refused(/PATH or CMD/));
  });
});

describe('commands', () => {
  it('ask for a part', () => {
    const filter = { column: 'x', op: 'gt', value: 1 };
    expect(parseCommand(json({ path: ['run', 'events'], columns: ['x', 'y'], rows: { start: 5, stop: 10 }, filter, format: 'arrow' })))
      .toEqual({ path: ['run', 'events'], columns: ['x', 'y'], rows: { start: 5, stop: 10 }, filter });
    expect(parseCommand(json({ path: 'a', rows: [2] })).rows).toEqual({ start: 2 });
    expect(parseCommand(json({ path: 'a', rows: { stop: 3 } })).rows).toEqual({ start: 0, stop: 3 });
    expect(parseCommand(json({ path: 'a', slice: '0:10,::-1,3' })).selection).toHaveLength(3);
    expect(parseCommand(json({ path: 'a', filter: '{"column":"x","op":"eq","value":9007199254740993}' })).filter).toEqual({ column: 'x', op: 'eq', value: '9007199254740993' });
  });

  it.each<[unknown, RegExp]>([
    ['x', /JSON object/], [[], /JSON object/], [null, /JSON object/], [{}, /"path"/], [{ path: 1 }, /"path"/], [{ path: [1] }, /"path"/], [{ path: 'a', colums: [] }, /no "colums": it has path, columns/],
    [{ path: 'a', columns: 'x' }, /"columns" is a list/], [{ path: 'a', rows: [1, 2, 3] }, /"rows"/], [{ path: 'a', rows: { from: 1 } }, /"rows"/], [{ path: 'a', rows: [-1] }, /"rows"/],
    [{ path: 'a', rows: 5 }, /"rows"/], [{ path: 'a', rows: [0, 0.5] }, /"rows"/], [{ path: 'a', filter: {} }, /filter is/], [{ path: 'a', slice: '...' }, /slice/], [{ path: 'a', slice: 1 }, /"slice" is a text/],
    [{ path: 'a', format: 'csv' }, /Arrow record batches only/],
  ])('are refused as %j', (value, message) => {
    expect(() => parseCommand(json(value))).toThrow(refused(message));
  });

  it('are refused, and never anything worse, whatever comes', () => {
    const anything = fc.oneof(fc.uint8Array(), fc.json().map((text) => Buffer.from(text)), fc.record({ path: fc.jsonValue(), columns: fc.jsonValue(), rows: fc.jsonValue(), filter: fc.jsonValue(), slice: fc.jsonValue() }, { requiredKeys: [] }).map(json));
    fc.assert(fc.property(anything, (bytes) => {
      for (const parse of [parseCommand, parseCriteria]) {
        try {
          parse(bytes);
        } catch (error) {
          expect(isTesseraError(error, 'invalid_argument') || isTesseraError(error, 'unprocessable')).toBe(true);
        }
      }
    }));
  });
});

describe('criteria', () => {
  it('are a path or a search', () => {
    expect(parseCriteria(none)).toEqual({ path: [] });
    expect(parseCriteria(Buffer.from('run/a'))).toEqual({ path: ['run', 'a'] });
    expect(parseCriteria(json({ path: 'run', text: 'red' }))).toEqual({ path: ['run'], query: { op: 'fulltext', text: 'red' } });
    expect(parseCriteria(json({ query: { op: 'eq', key: 'sample.name', value: 'x' } }))).toEqual({ path: [], query: { op: 'eq', key: ['sample', 'name'], value: 'x' } });
    expect(parseCriteria(json({ text: 'a', query: { op: 'not', query: { op: 'lt', key: ['a.b'], value: 3 } } })).query)
      .toEqual({ op: 'and', queries: [{ op: 'fulltext', text: 'a' }, { op: 'not', query: { op: 'compare', operator: 'lt', key: ['a.b'], value: 3 } }] });
  });

  it.each([{ query: {} }, { query: { op: 'eq', key: 'a' } }, { query: { op: 'eq', key: '', value: 1 } }, { query: { op: 'regex', key: 'a', pattern: '(' } }, { query: { op: 'gt', key: 'a', value: null } }, { quer: 1 }, { query: { op: 'and', queries: 1 } }, { query: { op: 'family', family: 'x' } }])('are refused as %j', (value) => {
    expect(() => parseCriteria(json(value))).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });
});
