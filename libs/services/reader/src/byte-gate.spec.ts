import { ByteGate } from './byte-gate.ts';

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

function setup(capacity: number) {
  const gate = new ByteGate(capacity);
  const begun: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const ask = (name: string, byteLength: number, signal?: AbortSignal) => {
    const done = gate.run(byteLength, signal ? { signal } : undefined, () => new Promise<string>((resolve, reject) => {
      begun.push(name);
      ends.set(name, (error) => (error ? reject(error) : resolve(name)));
    }));
    done.catch(() => undefined);
    return done;
  };
  return { ask, begun, end: (name: string, error?: Error) => ends.get(name)!(error) };
}

describe('a gate for bytes', () => {
  it('lets in what fits, the rest in turn', async () => {
    const { ask, begun, end } = setup(10);
    const first = ask('a', 6);
    for (const [name, byteLength] of [['b', 4], ['c', 5], ['d', 1]] as const) ask(name, byteLength);
    await settled();
    expect(begun).toEqual(['a', 'b']);
    end('b');
    await settled();
    // d would fit, but c has waited longer.
    expect(begun).toEqual(['a', 'b']);
    end('a');
    expect(await first).toBe('a');
    await settled();
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets in alone what is larger than all it has', async () => {
    const { ask, begun, end } = setup(10);
    for (const name of ['big', 'bigger', 'small']) ask(name, name === 'small' ? 1 : 1000);
    await settled();
    expect(begun).toEqual(['big']);
    end('big');
    await settled();
    expect(begun).toEqual(['big', 'bigger']);
    end('bigger');
    await settled();
    expect(begun).toEqual(['big', 'bigger', 'small']);
  });

  it('goes on after failures, and without those who went away', async () => {
    const { ask, begun, end } = setup(10);
    const gone = new AbortController();
    const failing = ask('a', 10);
    const left = ask('b', 10, gone.signal);
    ask('c', 10);
    await settled();
    gone.abort();
    end('a', new Error('broken'));
    await expect(failing).rejects.toThrow('broken');
    await expect(left).rejects.toMatchObject({ code: 'cancelled' });
    await settled();
    expect(begun).toEqual(['a', 'c']);
  });
});
