export { ZarrV2Controller } from './zarr-v2.controller.ts';
export { ZarrV3Controller } from './zarr-v3.controller.ts';
export { ZarrV3Members, type LongBytes, type StoreMember } from './zarr-v3.members.ts';
