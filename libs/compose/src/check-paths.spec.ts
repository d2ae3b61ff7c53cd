import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPaths } from './check-paths.ts';
import { loadConfig } from './config.ts';
import { roleNames } from './roles.ts';
import { start } from './start.ts';

describe('paths to serve', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessera-paths-'));
    await writeFile(join(folder, 'a.npy'), '');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('may be files and folders', async () => {
    await checkPaths([]);
    await checkPaths([folder, join(folder, 'a.npy')]);
  });

  it('must all be there; each that is not is named as it was given', async () => {
    const [gone, below] = [join(folder, 'gone'), join(folder, 'a.npy', 'x')];
    await expect(checkPaths([folder, gone, below])).rejects.toMatchObject({
      code: 'not_found', message: `${gone}: there is no such file or folder.\n${below}: there is no such file or folder.`,
    });
  });

  it.each(roleNames)('keep a process of the role %s from starting', async (role) => {
    const gone = join(folder, 'gone');
    const config = loadConfig({ roles: [role], serve: { paths: [gone] }, state: { directory: join(folder, 'state') }, log: { level: 'silent' } }, undefined, {});
    await expect(start(config)).rejects.toThrow(`${gone}: there is no such file or folder.`);
  });
});
