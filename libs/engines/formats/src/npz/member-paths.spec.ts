import type { ZipMember } from '../zip/read-directory.ts';
import { memberPaths } from './member-paths.ts';

const paths = (...names: string[]) => [...memberPaths(names.map((name) => ({ name }) as ZipMember))].map(({ path, member }) => `${path.join('/')}=${member?.name ?? ''}`);

describe('the paths of npy files', () => {
  it.each<[string, string[], string[]]>([
    ['are their names without suffix', ['b.npy', 'a.npy'], ['b=b.npy', 'a=a.npy']],
    ['have parents first', ['a/b/c.npy', 'a/d.npy'], ['a=', 'a/b=', 'a/b/c=a/b/c.npy', 'a/d=a/d.npy']],
    ['keep the suffix above others', ['a.npy', 'a/b.npy'], ['a.npy=a.npy', 'a=', 'a/b=a/b.npy']],
    ['are left out where they are none', ['../a.npy', '/a.npy', '.npy', 'a//b.npy', 'notes.txt', `${'x/'.repeat(99)}y.npy`], []],
  ])('%s', (_what, names, expected) => expect(paths(...names)).toEqual(expected));
});
