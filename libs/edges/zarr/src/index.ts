export { ZarrV2Controller } from './zarr-v2.controller.ts';
