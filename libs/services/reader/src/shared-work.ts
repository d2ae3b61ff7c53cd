import type { Call } from '@tessera/domain';

/** Work that several parts of one read want at the same time is done once for them. Other reads do their own: each can be given up. */
export class SharedWork<Result> {
  readonly #underWay = new Map<string, { readonly call: Call | undefined; readonly result: Promise<Result> }>();

  run(key: string, call: Call | undefined, work: () => Promise<Result>): Promise<Result> {
    const known = this.#underWay.get(key);
    if (known) return known.call === call ? known.result : work();
    const result = work();
    const done = () => this.#underWay.delete(key);
    this.#underWay.set(key, { call, result });
    result.then(done, done);
    return result;
  }
}
