import type { TiffFile } from './directory.ts';
import type { Frames } from './frames.ts';
import { imageJSeries, isImageJ } from './imagej-series.ts';
import { isOme, omeSeries } from './ome-series.ts';
import { metaMorphSeries } from './metamorph-series.ts';
import { codes } from './page.ts';
import { plainSeries, type Series } from './series.ts';
import { parseShaped, shapedSeries } from './shaped-series.ts';
import { fieldText } from './tags.ts';

/**
 * The first array of the file: as its description says where that is of a known kind and
 * agrees with the images, else all images that are stored as the first one is.
 */
export async function findSeries(file: TiffFile, frames: Frames, fileName: string): Promise<Series> {
  const { page } = await frames.first();
  const planes = page.directory.fields.get(codes.metaMorphPlanes)?.count ?? 1;
  const ofMetaMorph = planes > 1 ? await metaMorphSeries(planes, file, frames) : undefined;
  if (ofMetaMorph) return ofMetaMorph;
  for (const field of [page.directory.fields.get(codes.imageDescription), page.directory.secondDescription]) {
    const description = await fieldText(file, field);
    const described = description === undefined ? undefined : await describedSeries(description, file, frames, fileName);
    if (described) return described;
  }
  return plainSeries(frames);
}

async function describedSeries(description: string, file: TiffFile, frames: Frames, fileName: string): Promise<Series | undefined> {
  const shaped = parseShaped(description);
  if (shaped) return shapedSeries(shaped, file, frames);
  if (isOme(description)) return omeSeries(description, fileName, frames);
  return isImageJ(description) ? imageJSeries(description, file, frames) : undefined;
}
