import { readSteadily, writtenAnew } from './read-steadily.ts';

describe('readSteadily', () => {
  it('reads again what was written anew, but not for ever, and nothing else', async () => {
    let count = 0;
    const foundAfter = (attempts: number) => async () => (++count < attempts ? writtenAnew : count);
    expect(await readSteadily('chunk', foundAfter(1))).toBe(1);
    count = 0;
    expect(await readSteadily('chunk', foundAfter(3))).toBe(3);
    count = 0;
    await expect(readSteadily('shard', foundAfter(4))).rejects.toMatchObject({ code: 'unavailable', message: 'This shard is being written again and again. Try again.' });
    expect(count).toBe(3);
    expect(await readSteadily('chunk', async () => undefined)).toBeUndefined();
    await expect(readSteadily('chunk', async () => { throw new Error('other'); })).rejects.toThrow('other');
  });
});
