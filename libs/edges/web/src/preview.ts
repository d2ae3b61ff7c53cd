import { isStruct, type ArrayStructure, type Call, type Reader, type Ticket } from '@tessera/domain';
import { parse } from 'csv-parse/sync';

/** Longest side of a picture, pixels. */
const pictureSide = 512;
/** Longest side of the part of an array that a picture is made of, elements: more would be much to read for a glance. */
const pictureRegion = 2048;
export const previewRowCount = 10;
const previewColumnCount = 30;
/** A row that is longer is no row to look at. */
const maxPreviewByteLength = 256 * 1024;

/** The `slice` of a picture: the first frame, thinned out. Undefined if the array makes no picture. */
export function pictureSlice({ shape, dataType }: ArrayStructure): string | undefined {
  if (isStruct(dataType) || !'biuf'.includes(dataType.kind) || shape.length < 2 || shape.some((length) => length === 0)) return undefined;
  const sides = shape.slice(-2);
  if (sides.some((side) => side < 2)) return undefined;
  const frames = shape.slice(0, -2).map(() => '0');
  const axes = sides.map((side) => {
    const region = Math.min(side, pictureRegion);
    const step = Math.ceil(region / pictureSide);
    return step === 1 && region === side ? ':' : `:${region}:${step}`;
  });
  return [...frames, ...axes].join(',');
}

/** The first values of an array of at most one axis, as text; undefined if they cannot be had as text. */
export async function firstValues(reader: Reader, ticket: Ticket, structure: ArrayStructure, column: string | undefined, call: Call): Promise<string[] | undefined> {
  if (structure.shape.length > 1 || isStruct(structure.dataType)) return undefined;
  const selection = structure.shape.map(() => ({ kind: 'slice' as const, stop: previewRowCount }));
  const mediaType = structure.shape.length === 0 ? 'application/json' : 'text/csv';
  try {
    const text = await firstLines(reader.readArray(ticket, { selection, mediaType, ...(column === undefined ? {} : { column }) }, call), previewRowCount);
    return text.split('\n').filter((line) => line !== '');
  } catch {
    // A preview is a courtesy: the page is there without it.
    return undefined;
  }
}

/** The first rows of a table with its header; undefined if they cannot be had. */
export async function firstRows(reader: Reader, ticket: Ticket, columns: readonly string[], call: Call): Promise<string[][] | undefined> {
  try {
    const request = { mediaType: 'text/csv', rows: { start: 0, stop: previewRowCount }, columns: columns.slice(0, previewColumnCount) };
    const text = await firstLines(reader.readTable(ticket, request, call), previewRowCount + 1);
    return (parse(text, { relaxColumnCount: true, relaxQuotes: true }) as string[][]).slice(0, previewRowCount + 1);
  } catch {
    return undefined;
  }
}

/** The first lines of a text; no more of it is read. A line end within quotes counts, so the last line may be a part. */
async function firstLines(pieces: AsyncIterable<Uint8Array>, count: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of pieces) {
    text += decoder.decode(piece, { stream: true });
    const lines = text.split('\n');
    if (lines.length > count) return lines.slice(0, count).join('\n');
    if (text.length > maxPreviewByteLength) break;
  }
  return text.slice(0, maxPreviewByteLength);
}
