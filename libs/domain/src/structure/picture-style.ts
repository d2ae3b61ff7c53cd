import { TesseraError } from '../errors/tessera-error.ts';

/** One end of the values that get levels of their own: a value, or a percentile of what is shown. */
export type LevelBound = { readonly value: number } | { readonly percentile: number };

export const pictureScales = ['linear', 'sqrt', 'log'] as const;
export type PictureScale = (typeof pictureScales)[number];

/** Colour maps by name; each also backwards, as `NAME_r`. */
export const colorMapNames = ['gray', 'viridis', 'magma', 'inferno', 'plasma', 'cividis', 'turbo', 'hot', 'coolwarm'] as const;
export type ColorMapName = (typeof colorMapNames)[number];

/** How numbers become a picture. */
export interface PictureStyle {
  /** Of pictures with one value a pixel. */
  readonly colorMap: ColorMapName;
  readonly isReversed: boolean;
  readonly low: LevelBound;
  readonly high: LevelBound;
  readonly scale: PictureScale;
  /** The picture is made to fit into this box, its proportions kept; absent = a pixel an element. */
  readonly box?: { readonly width: number; readonly height: number };
  /** Of JPEG, 1 to 100. */
  readonly quality: number;
}

/** Names of the parameters, of a request as of a media type. */
export const pictureParameters = ['colormap', 'levels', 'scale', 'size', 'quality'] as const;

/** What Tiled shows: grey, from the 1st to the 99th percentile. */
const defaultStyle: PictureStyle = { colorMap: 'gray', isReversed: false, low: { percentile: 1 }, high: { percentile: 99 }, scale: 'linear', quality: 85 };

/** Longest side of a picture whose size was asked for. */
const maxSideLength = 8192;

/**
 * Reads the parameters of a media type such as `image/png;colormap=viridis;levels=0:4000;scale=log;size=512`.
 * @throws TesseraError unprocessable for a value that is not one; `details.parameter` is its name.
 */
export function parsePictureStyle(mediaType: string): PictureStyle {
  const given = new Map(mediaType.split(';').slice(1).map((part) => {
    const [name = '', ...value] = part.split('=');
    return [name.trim().toLowerCase(), value.join('=').trim()] as const;
  }));
  return {
    ...defaultStyle,
    ...read(given, 'colormap', parseColorMap),
    ...read(given, 'levels', parseLevels),
    ...read(given, 'scale', parseScale),
    ...read(given, 'size', parseSize),
    ...read(given, 'quality', parseQuality),
  };
}

function read(given: ReadonlyMap<string, string>, name: string, parse: (text: string) => Partial<PictureStyle>): Partial<PictureStyle> {
  const text = given.get(name);
  return text === undefined ? {} : parse(text);
}

function parseColorMap(text: string): Partial<PictureStyle> {
  const isReversed = text.endsWith('_r');
  const name = isReversed ? text.slice(0, -2) : text;
  const colorMap = colorMapNames.find((known) => known === name);
  if (!colorMap) throw wrong('colormap', `There is no colour map "${text}". There are ${colorMapNames.join(', ')}, each also backwards as NAME_r.`);
  return { colorMap, isReversed };
}

function parseLevels(text: string): Partial<PictureStyle> {
  const bounds = text.split(/[,:]/).map(parseBound);
  const [low, high] = bounds;
  const isRange = bounds.length === 2 && low && high
    && !('value' in low && 'value' in high && !(low.value < high.value))
    && !('percentile' in low && 'percentile' in high && !(low.percentile < high.percentile));
  if (!isRange) throw wrong('levels', `The levels "${text}" are not two ascending bounds such as 0,4000 or p1,p99 or min,max.`);
  return { low, high };
}

function parseBound(text: string): LevelBound | undefined {
  if (text === 'min') return { percentile: 0 };
  if (text === 'max') return { percentile: 100 };
  const isPercentile = text.startsWith('p');
  const digits = isPercentile ? text.slice(1) : text;
  const value = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(digits) ? Number(digits) : NaN;
  if (!Number.isFinite(value)) return undefined;
  if (!isPercentile) return { value };
  return value >= 0 && value <= 100 ? { percentile: value } : undefined;
}

function parseScale(text: string): Partial<PictureStyle> {
  const scale = pictureScales.find((known) => known === text);
  if (!scale) throw wrong('scale', `There is no scale "${text}". There are ${pictureScales.join(', ')}.`);
  return { scale };
}

function parseSize(text: string): Partial<PictureStyle> {
  const match = /^(\d{1,5})(?:x(\d{1,5}))?$/.exec(text);
  const width = Number(match?.[1]);
  const height = Number(match?.[2] ?? match?.[1]);
  if (!match || !(width >= 1 && height >= 1) || Math.max(width, height) > maxSideLength) {
    throw wrong('size', `The size "${text}" is not a length such as 512, or WIDTHxHEIGHT, of 1 to ${maxSideLength}.`);
  }
  return { box: { width, height } };
}

function parseQuality(text: string): Partial<PictureStyle> {
  const quality = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (quality < 1 || quality > 100) throw wrong('quality', `The quality "${text}" is not a whole number from 1 to 100.`);
  return { quality };
}

function wrong(parameter: string, message: string): TesseraError {
  return new TesseraError('unprocessable', message, { parameter });
}
