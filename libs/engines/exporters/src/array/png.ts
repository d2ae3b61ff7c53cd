import type { ArrayExporter } from '../exporter.ts';
import { pictureOf } from './picture/frame.ts';
import { paint } from './picture/paint.ts';
import { writePng } from './picture/png-file.ts';
import { giveBackScratch } from './picture/scratch.ts';

/** Grey or mapped to colours, RGB(A) if the last axis is 3 (4); levels from the 1st to the 99th percentile unless others are asked for. */
export const pngExporter: ArrayExporter = {
  export(source, options) {
    const { frame, style } = pictureOf(source, options);
    return (async function* () {
      const painting = await paint(source, frame, style);
      yield* writePng(painting);
      giveBackScratch(painting.bytes.buffer);
    })();
  },
};
