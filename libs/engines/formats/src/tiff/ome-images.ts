import type { Json, JsonObject } from '@tessera/domain';
import { xmlEvents, type XmlEvent } from './xml-elements.ts';

/** Planes of an image, and the directories they are in (OME-TIFF specification, "The TiffData element"). */
export interface OmePlanes {
  /** First plane by axis, of those axes that are not X and Y. */
  readonly first: Readonly<Record<string, number>>;
  readonly directory: number;
  /** Undefined = all directories there are. */
  readonly count: number | undefined;
  /** Name and id of the file that they are in, if the document names one. */
  readonly fileName?: string;
  readonly uuid?: string;
}

/** An image of an OME-XML document. */
export interface OmeImage {
  /** Axes from the slowest on, e.g. "TCZYX"; and their lengths. */
  readonly axes: string;
  readonly sizes: readonly number[];
  readonly samplesPerPixel: number;
  readonly planes: readonly OmePlanes[];
  /** Name, physical sizes and channels, as metadata. */
  readonly metadata: JsonObject;
}

interface Building {
  readonly name: string | undefined;
  pixels?: ReadonlyMap<string, string>;
  readonly channels: ReadonlyMap<string, string>[];
  readonly planes: { attributes: ReadonlyMap<string, string>; fileName?: string; uuid?: string }[];
}

/** A document of images that would be hostile. */
const maxPlaneLists = 2 ** 20;

/** The images of an OME-XML document, and the id of the file it is about. Parts that make no sense are left out. */
export function parseOme(text: string): { readonly uuid: string | undefined; readonly images: readonly OmeImage[] } {
  const images: OmeImage[] = [];
  let uuid: string | undefined;
  let building: Building | undefined;
  let isInUuid = false;
  for (const event of xmlEvents(text)) {
    if (event.kind === 'start' && event.name === 'OME') uuid = event.attributes.get('UUID');
    if (event.kind === 'start' && event.name === 'Image') building = { name: event.attributes.get('Name'), channels: [], planes: [] };
    if (!building) continue;
    if (event.kind === 'start') take(building, event);
    if (event.name === 'UUID' && event.kind !== 'text') isInUuid = event.kind === 'start';
    else if (event.kind === 'text' && isInUuid && building.planes.length > 0) building.planes.at(-1)!.uuid = event.name;
    if (event.kind === 'end' && event.name === 'Image') {
      const image = finish(building);
      if (image) images.push(image);
      building = undefined;
    }
  }
  return { uuid, images };
}

function take(building: Building, { name, attributes }: XmlEvent): void {
  if (name === 'Pixels') building.pixels ??= attributes;
  else if (name === 'Channel') building.channels.push(attributes);
  else if (name === 'TiffData' && building.planes.length < maxPlaneLists) building.planes.push({ attributes });
  else if (name === 'UUID' && building.planes.length > 0) building.planes.at(-1)!.fileName = attributes.get('FileName') ?? '';
}

function finish({ name, pixels, channels, planes }: Building): OmeImage | undefined {
  const order = pixels?.get('DimensionOrder');
  if (!pixels || !order || !/^XY(?=[ZCT]{3}$)(?!.*(.).*\1)/.test(order)) return undefined;
  const axes = [...order].reverse().join('');
  const samples = channels.map((channel) => count(channel.get('SamplesPerPixel')) ?? 1);
  const samplesPerPixel = samples[0] ?? 1;
  if (samples.some((each) => each !== samplesPerPixel)) return undefined;
  const sizes = [...axes].map((axis) => (count(pixels.get(`Size${axis}`)) ?? 0) / (axis === 'C' ? samplesPerPixel : 1));
  if (!sizes.every((size) => Number.isInteger(size) && size > 0)) return undefined;
  return { axes, sizes, samplesPerPixel, planes: planes.map(planesOf), metadata: metadataOf(name, pixels, channels) };
}

function planesOf({ attributes, fileName, uuid }: Building['planes'][number]): OmePlanes {
  const number = (key: string) => count(attributes.get(key));
  return {
    first: { Z: number('FirstZ') ?? 0, C: number('FirstC') ?? 0, T: number('FirstT') ?? 0 },
    directory: number('IFD') ?? 0,
    count: number('PlaneCount') || number('NumPlanes') || (attributes.has('IFD') ? 1 : undefined),
    ...(fileName === undefined ? {} : { fileName }),
    ...(uuid === undefined ? {} : { uuid }),
  };
}

function metadataOf(name: string | undefined, pixels: ReadonlyMap<string, string>, channels: readonly ReadonlyMap<string, string>[]): JsonObject {
  const metadata: Record<string, Json> = name === undefined ? {} : { Name: name };
  for (const [key, value] of pixels) {
    const isNumber = /^(Size|PhysicalSize|TimeIncrement|SignificantBits)/.test(key) && !key.endsWith('Unit') && Number.isFinite(Number(value));
    metadata[key] = isNumber ? Number(value) : value;
  }
  return channels.length === 0 ? metadata : { ...metadata, Channels: channels.map((channel) => Object.fromEntries(channel)) };
}

function count(text: string | undefined): number | undefined {
  const value = text === undefined || text === '' ? NaN : Number(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
