// The contract that plug-in authors run, run on the formats that are built in.
import { readFileSync } from 'node:fs';
import { formats } from '@tessera/formats';
import { formatContract, type ExpectedNode } from '@tessera/plugin-api/testing';

type Expected = Record<string, Record<string, ExpectedNode>>;

interface NumpyArray {
  readonly descr: ExpectedNode['dtype'];
  readonly shape: number[];
  readonly data: string;
}

const folderOf = (name: string) => new URL(`../../fixtures/${name}/`, import.meta.url);
const recorded = <Content>(name: string) => JSON.parse(readFileSync(new URL('expected.json', folderOf(name)), 'utf8')) as Content;
const mapValues = <From, To>(values: Record<string, From>, change: (value: From) => To) => Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
const fromNumpy = ({ descr, shape, data }: NumpyArray): ExpectedNode => ({ dtype: descr!, shape, base64: data });

/** Single arrays by file, and of those what is recorded in the byte order of the file. */
const pictures = (name: string, ending: RegExp): Expected => Object.fromEntries(
  Object.entries(recorded<Record<string, ExpectedNode>>(name)).filter(([file]) => ending.test(file)).map(([file, { dtype, shape, base64, sha256 }]) => {
    const values = { ...(dtype && { dtype }), ...(base64 && { base64 }), ...(sha256 && { sha256 }) };
    return [file, { '': { ...(shape && { shape }), ...(!/big_endian/.test(file) && values) } }];
  }),
);

const cases: readonly (readonly [format: string, fixtures: string, expected: Expected])[] = [
  ['npy', 'npy', Object.fromEntries(Object.entries(recorded<Record<string, NumpyArray>>('npy')).map(([name, array]) => [`${name}.npy`, { '': fromNumpy(array) }]))],
  ['npz', 'npz', mapValues(recorded<Record<string, Record<string, NumpyArray>>>('npz'), (arrays) => mapValues(arrays, fromNumpy))],
  ['png', 'image', pictures('image', /\.png$/)],
  ['jpeg', 'image', pictures('image', /\.jpe?g$/)],
  ['tiff', 'tiff', pictures('tiff', /\.tiff?$/)],
  // Of structs only the length is recorded.
  ['hdf5', 'hdf5-filters', mapValues(recorded<Expected>('hdf5-filters'), (nodes) => mapValues(nodes, ({ dtype, ...rest }) => (/^\|V/.test(String(dtype)) ? rest : { ...rest, ...(dtype && { dtype }) })))],
];

describe.each(cases)('%s, fixtures/%s', (name, folder, expected) => {
  const contract = formats.get(name)!().then((format) => formatContract({ format, fixtures: folderOf(folder), expected, damageCount: 24 }));

  it('keeps the published contract', async () => {
    const broken: string[] = [];
    for (const test of await contract) await test.run().catch((error: unknown) => broken.push(`${test.name}: ${(error as Error).message}`));
    expect(broken).toEqual([]);
    expect((await contract).length).toBeGreaterThan(8);
  }, 180_000);
});
