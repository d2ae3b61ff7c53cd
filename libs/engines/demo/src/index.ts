export { demoStore } from './demo-store.ts';
export { demoTree } from './demo-tree.ts';
