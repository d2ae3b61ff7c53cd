export { FakeReader, type FakeArray, type Interference } from './fakes/fake-reader.ts';
export { stubReader } from './fakes/stub-reader.ts';
export { onEachDatabase, type DatabaseKind, type TestDatabase } from './databases/on-each-database.ts';
export { eventBusContract, type EventBusSetup } from './contracts/event-bus.contract.ts';
export { collected, eventually, joined } from './eventually.ts';
