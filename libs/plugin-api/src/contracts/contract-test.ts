/** One test of a contract. It fails by throwing. */
export interface ContractTest {
  readonly name: string;
  readonly run: () => Promise<void>;
}
