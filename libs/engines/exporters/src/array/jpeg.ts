import type { ArrayExporter } from '../exporter.ts';
import { pictureOf } from './picture/frame.ts';
import { inColors, paint, sharpOf } from './picture/paint.ts';

const pieceByteLength = 64 * 1024;

/** As PNG, with losses. What is transparent is white. */
export const jpegExporter: ArrayExporter = {
  export(source, options) {
    const { frame, style } = pictureOf(source, options);
    return (async function* () {
      const image = sharpOf(inColors(await paint(source, frame, style)));
      const bytes = await (frame.channels === 4 ? image.flatten({ background: 'white' }) : image).jpeg({ quality: style.quality }).toBuffer();
      for (let start = 0; start < bytes.byteLength; start += pieceByteLength) yield bytes.subarray(start, start + pieceByteLength);
    })();
  },
};
