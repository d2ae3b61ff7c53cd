export { TiledModule } from './tiled.module.ts';
