import type { ArrayExporter } from '../exporter.ts';
import { csvExporter } from './csv.ts';
import { isImage } from './picture/frame.ts';
import { pngExporter } from './png.ts';

/** A page with the image, if the array is one, else with its values as text. */
export const htmlExporter: ArrayExporter = {
  export(source, options) {
    const asImage = source.shape.length >= 2 && isImage(source);
    const body = (asImage ? pngExporter : csvExporter).export(source, options);
    return asImage ? imagePage(body) : textPage(body);
  },
};

async function* imagePage(png: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from('<html><body><img src="data:image/png;base64,');
  // Base64 turns three bytes into four characters: what is left over waits for the next piece.
  let rest = Buffer.alloc(0);
  for await (const piece of png) {
    const joined = Buffer.concat([rest, piece]);
    const whole = joined.byteLength - (joined.byteLength % 3);
    yield Buffer.from(joined.toString('base64', 0, whole));
    rest = joined.subarray(whole);
  }
  yield Buffer.from(`${rest.toString('base64')}"/></body></html>`);
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

async function* textPage(csv: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from('<html><head><meta charset="utf-8"></head><body><pre>');
  // The CSV pieces are made of whole texts, so none ends inside a character.
  for await (const piece of csv) yield Buffer.from(Buffer.from(piece).toString('utf8').replace(/[&<>]/g, (character) => entities[character]!));
  yield Buffer.from('</pre></body></html>');
}

