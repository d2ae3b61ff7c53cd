export { IdentityService, type IdentityOptions } from './identity.service.ts';
