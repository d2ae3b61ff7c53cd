import type { PictureStyle } from '@tessera/domain';
import sharp, { type Sharp } from 'sharp';
import type { ArraySource } from '../../exporter.ts';
import { colorTable, colorize } from './color-maps.ts';
import type { Frame } from './frame.ts';
import { levelsOf } from './levels.ts';
import { readSamples, scratchOf } from './samples.ts';
import { giveBackScratch } from './scratch.ts';

/** Pixels of 8 bits a channel. */
export interface Painting extends Frame {
  readonly bytes: Uint8Array;
  /** Red, green, blue of each level, if the one channel is to be shown in colours. */
  readonly palette?: Uint8Array | undefined;
}

/** Reads an array as a picture. Its levels depend on all of its values, so it is held as a whole, in memory that is to be given back. */
export async function paint(source: ArraySource, frame: Frame, style: PictureStyle): Promise<Painting> {
  const samples = await readSamples(source);
  const bytes = await levelsOf(samples, style);
  giveBackScratch(scratchOf(samples));
  const isMapped = frame.channels === 1 && (style.colorMap !== 'gray' || style.isReversed);
  const painting = { ...frame, bytes, ...(isMapped ? { palette: colorTable(style.colorMap, style.isReversed) } : {}) };
  return style.box ? resize(painting, style.box) : painting;
}

/** The same with as many pixels as fit into a box. */
async function resize(painting: Painting, box: NonNullable<PictureStyle['box']>): Promise<Painting> {
  // What is made larger keeps its pixels as squares: they are measurements.
  const grows = box.width > painting.width && box.height > painting.height;
  const { data, info } = await sharpOf(painting).resize({ ...box, fit: 'inside', ...(grows ? { kernel: 'nearest' } : {}) }).raw().toBuffer({ resolveWithObject: true });
  giveBackScratch(painting.bytes.buffer);
  return { width: info.width, height: info.height, channels: painting.channels, bytes: data, palette: painting.palette };
}

/** For the image library; the palette is left out. */
export function sharpOf({ bytes, width, height, channels }: Painting): Sharp {
  return sharp(bytes, { raw: { width, height, channels }, limitInputPixels: false }).toColourspace(channels === 1 ? 'b-w' : 'srgb');
}

/** A painting whose colours are in its pixels. */
export function inColors(painting: Painting): Painting {
  if (!painting.palette) return painting;
  return { ...painting, channels: 3, bytes: colorize(painting.bytes, painting.palette), palette: undefined };
}
