import type { CodecJob } from './codec-job.ts';
import { CodecPool } from './codec-pool.ts';

/** A worker that sleeps as long as a job's first byte says, ends at 255, fails at 254, tells a fault at 253, never ends at 252, and else gives the bytes back reversed. */
const program = new URL(`data:text/javascript,${encodeURIComponent(`
  import { parentPort, workerData } from 'node:worker_threads';
  parentPort.on('message', ({ id, job }) => {
    const { bytes } = job;
    if (bytes[0] === 255) process.exit(1);
    if (bytes[0] === 254) return parentPort.postMessage({ id, error: { code: 'gone', message: 'damaged', details: { codec: 'x' } } });
    if (bytes[0] === 253) parentPort.postMessage({ fault: { plugin: workerData.name, activity: 'decode', error: new Error('slipped') } });
    while (bytes[0] === 252);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, bytes[0]);
    parentPort.postMessage({ id, bytes: bytes.reverse() });
  });
`)}`);
const jobOf = (...bytes: number[]): CodecJob => ({ kind: 'decode', codecs: [], shape: [bytes.length], dataType: { kind: 'u', itemsize: 1, endianness: 'not_applicable' }, bytes: Uint8Array.from(bytes) });

let pool: CodecPool;
afterEach(() => pool.close());

describe('a pool of codec threads', () => {
  it('gives what a thread makes of the bytes, and its errors', async () => {
    pool = new CodecPool(program, { size: 2 });
    const found = await Promise.all(Array.from({ length: 20 }, (_, i) => pool.run(jobOf(1, i, 7), undefined)));
    found.forEach((bytes, i) => expect([...bytes]).toEqual([7, i, 1]));
    await expect(pool.run(jobOf(254), undefined)).rejects.toMatchObject({ code: 'gone', message: 'damaged', details: { codec: 'x' } });
  });

  it('leaves the bytes of the caller alone, and sends no more than a view of them', async () => {
    pool = new CodecPool(program, { size: 1 });
    const whole = Uint8Array.from({ length: 1000 }, (_, i) => i % 100);
    expect([...await pool.run({ ...jobOf(), bytes: whole.subarray(3, 6) }, undefined)]).toEqual([5, 4, 3]);
    expect((await pool.run({ ...jobOf(), bytes: whole }, undefined)).byteLength).toBe(1000);
    expect([...whole.subarray(0, 3)]).toEqual([0, 1, 2]);
  });

  it('starts threads beforehand, no more than it may have, and none once it is closed', async () => {
    let started = 0;
    const told = new URL(`data:text/javascript,${encodeURIComponent(`
      import { parentPort } from 'node:worker_threads';
      parentPort.postMessage({ fault: { plugin: 'none', activity: 'start', error: new Error('started') } });
      parentPort.on('message', ({ id, job }) => parentPort.postMessage({ id, bytes: job.bytes }));
    `)}`);
    pool = new CodecPool(told, { size: 2, onFault: () => started++ });
    pool.warm(1);
    while (started < 1) await new Promise((resolve) => setTimeout(resolve, 10));
    pool.warm(5);
    while (started < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    await Promise.all(Array.from({ length: 8 }, () => pool.run(jobOf(1), undefined)));
    await pool.close();
    pool.warm(2);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(started).toBe(2);
  });

  it('lets callers take turns: few chunks of one are not behind many of another', async () => {
    pool = new CodecPool(program, { size: 1 });
    const done: string[] = [];
    const ask = (name: string, count: number) => {
      const call = { signal: new AbortController().signal };
      return Array.from({ length: count }, () => pool.run(jobOf(2), call).then(() => done.push(name)));
    };
    await Promise.all([...ask('many', 30), ...ask('few', 2)]);
    expect(done.lastIndexOf('few')).toBeLessThan(6);
  });

  it('does not begin what nobody waits for any more', async () => {
    pool = new CodecPool(program, { size: 1 });
    const controller = new AbortController();
    const first = pool.run(jobOf(50), undefined);
    const rest = Array.from({ length: 20 }, () => pool.run(jobOf(200), { signal: controller.signal }));
    const last = pool.run(jobOf(0), undefined);
    controller.abort();
    for (const each of rest) await expect(each).rejects.toMatchObject({ code: 'cancelled' });
    // 20 × 200 ms of sleep would show.
    await Promise.all([first, last]);
    await expect(pool.run(jobOf(0), { signal: controller.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('outlives a thread that goes down', async () => {
    pool = new CodecPool(program, { size: 2 });
    const found = await Promise.allSettled([jobOf(255), jobOf(1, 2), jobOf(255), jobOf(1, 3)].map((job) => pool.run(job, undefined)));
    expect(found.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
    expect((found[0] as PromiseRejectedResult).reason).toMatchObject({ code: 'gone' });
    expect([...await pool.run(jobOf(0, 4), undefined)]).toEqual([4, 0]);
  });

  it('ends a thread whose work nobody waits for any more and which does not come to an end', async () => {
    pool = new CodecPool(program, { size: 1, abandonedTimeoutMs: 100 });
    const controller = new AbortController();
    const endless = pool.run(jobOf(252), { signal: controller.signal });
    const next = pool.run(jobOf(0, 9), undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    controller.abort();
    await expect(endless).rejects.toMatchObject({ code: 'cancelled' });
    expect([...await next]).toEqual([9, 0]);
  });

  it('hands its threads what they begin with, and tells what they tell of plug-ins', async () => {
    const faults: unknown[] = [];
    pool = new CodecPool(program, { size: 1, workerData: { name: 'acme' }, onFault: (fault) => faults.push(fault) });
    expect([...await pool.run(jobOf(253, 1), undefined)]).toEqual([1, 253]);
    expect(faults).toMatchObject([{ plugin: 'acme', activity: 'decode', error: { message: 'slipped' } }]);
  });

  it('refuses work when it is closed', async () => {
    pool = new CodecPool(program, { size: 1 });
    const waiting = [pool.run(jobOf(100), undefined), pool.run(jobOf(0), undefined)];
    waiting.forEach((each) => each.catch(() => undefined));
    await pool.close();
    for (const each of waiting) await expect(each).rejects.toBeDefined();
    await expect(pool.run(jobOf(0), undefined)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
