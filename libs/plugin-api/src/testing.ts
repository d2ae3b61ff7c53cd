// What the author of a plug-in proves it with: the module `@tessera/plugin-api/testing`. A contract is a list of tests, for
// whatever runs tests: `for (const { name, run } of formatContract({ … })) test(name, run);`
export type { ContractTest } from './contracts/contract-test.ts';
export { codecContract, type CodecCase, type CodecContractOptions } from './contracts/codec.contract.ts';
export { exporterContract, type ExporterCase, type ExporterContractOptions } from './contracts/exporter.contract.ts';
export { formatContract, type ExpectedNode, type FormatContractOptions } from './contracts/format.contract.ts';
export { FixtureStore } from './contracts/fixture-store.ts';
export { readWhole } from './contracts/read-whole.ts';
