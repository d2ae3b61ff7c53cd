// "Local or remote?" is asked in one place, and what is remote is loaded by one file only.
import { sourceFiles } from './source-files.ts';

const files = sourceFiles();
const filesWith = (pattern: RegExp) => files.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

describe('placement', () => {
  it('is decided in compose only', () => {
    const asking = filesWith(/\bat === '(local|remote)'|\bplace(Events)?\b[^;]*from '(@tessera\/compose|\.\/place\.ts)'/);
    expect(asking.sort()).toEqual(['libs/compose/src/build.ts', 'libs/compose/src/index.ts']);
    expect(filesWith(/\bisWhole\b[^;]*from .(@tessera\/compose|\.\/roles\.ts)/).sort()).toEqual(['libs/compose/src/place.ts']);
  });

  it('is what loads gRPC and NATS: no file of the program imports them at its start', () => {
    const static_ = filesWith(/^import (?!type\b)[^;]*from '(@tessera\/cluster|@grpc\/[^']*|@nats-io\/[^']*)'/m);
    expect(static_.filter((path) => !path.startsWith('libs/edges/cluster/'))).toEqual([]);
    expect(filesWith(/import\('@tessera\/cluster'\)/).every((path) => path.startsWith('libs/compose/src/'))).toBe(true);
    expect(filesWith(/import\('@tessera\/cluster'\)/).length).toBeGreaterThan(0);
  });

  it('leaves mains with nothing to decide', () => {
    const mains = files.filter(({ path }) => /^apps\/[^/]+\/src\/main\.ts$/.test(path));
    expect(mains.map(({ path }) => path.split('/')[1]).sort()).toEqual(['catalog', 'gateway', 'reader', 'search', 'tessera']);
    for (const { text } of mains) expect(text.split('\n').length).toBeLessThanOrEqual(15);
  });
});
