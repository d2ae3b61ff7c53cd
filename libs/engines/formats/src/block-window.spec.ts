import type { ByteRange, ByteStore } from '@tessera/domain';
import { BlockWindow } from './block-window.ts';

const content = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);

/** A store of one file, and what was read of it. */
function open(bytes: Uint8Array | 'gone' = content) {
  const reads: [number, number][] = [];
  const store = {
    read: async (_uri: string, { byteOffset, byteLength }: Required<ByteRange>) => {
      reads.push([byteOffset, byteLength]);
      return bytes === 'gone' ? undefined : bytes.slice(byteOffset, byteOffset + byteLength);
    },
    stat: async (uri: string) => ({ uri, isDirectory: false, byteLength: 500 }),
  } as unknown as ByteStore;
  return { reads, window: new BlockWindow(store, 'mem:///x', 1000, { blockByteLength: 64, maxBlocks: 4, maxCachedRead: 200, formatName: 'X' }) };
}

describe('BlockWindow', () => {
  it('reads whatever lies in the file, within blocks, over them, and at the end', async () => {
    const { window } = open();
    for (const [start, length] of [[0, 1], [63, 2], [10, 200], [64, 64], [128, 72], [999, 1], [900, 100], [300, 700], [5, 0]] as const) {
      expect([...await window.read(start, length)]).toEqual([...content.subarray(start, start + length)]);
    }
  });

  it('keeps the blocks that were used last, and no long reads', async () => {
    const { window, reads } = open();
    await window.read(0, 300);
    for (const start of [0, 64, 128, 192, 0, 256, 0, 64]) await window.read(start, 10);
    expect(reads).toEqual([[0, 300], [0, 64], [64, 64], [128, 64], [192, 64], [256, 64], [64, 64]]);
  });

  it('refuses what is beyond the end, and what became shorter or is gone', async () => {
    const { window } = open();
    for (const [start, length] of [[990, 11], [-1, 2], [Number.NaN, 1], [0, -1]] as const) {
      await expect(window.read(start, length)).rejects.toMatchObject({ code: 'gone', message: 'The X file is damaged: it refers to bytes beyond its end, so part of it is missing.' });
    }
    await expect(open(content.subarray(0, 100)).window.read(90, 20)).rejects.toMatchObject({ code: 'gone', message: 'The X file became shorter while it was read.' });
    await expect(open('gone').window.read(0, 1)).rejects.toMatchObject({ code: 'gone', message: 'The X file is no longer there.' });
  });

  it('takes the file for as long as it is when it is told to look again', async () => {
    const { window, reads } = open();
    await window.read(0, 1);
    await window.lookAgain();
    expect(window.byteLength).toBe(500);
    await window.read(0, 1);
    expect(reads).toHaveLength(2);
    await expect(window.read(499, 2)).rejects.toMatchObject({ code: 'gone' });
  });
});
