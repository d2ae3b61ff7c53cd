import { damaged } from './damage.ts';
import type { TiffFile } from './directory.ts';
import { maxPageCount } from './limits.ts';
import { readPage, type Page } from './page.ts';
import { SegmentPlaces } from './segment-places.ts';
import { readSegments, segmentCount, type Segments } from './segments.ts';

/** An image of the file, and where it lies. */
export class Frame {
  readonly page: Page;
  readonly #places: SegmentPlaces;
  readonly #first: number;

  constructor(page: Page, places: SegmentPlaces, segments: Segments) {
    this.page = page;
    this.#places = places;
    this.#first = places.add(segments);
  }

  get segments(): Segments {
    return this.#places.at(this.#first, segmentCount(this.page));
  }
}

/** The chain of images, followed only as far as is asked for. Images that are stored alike share a `Page`. */
export class Frames {
  readonly #file: TiffFile;
  readonly #pages = new Map<string, Page>();
  readonly #visited = new Set<number>();
  readonly #found: Frame[] = [];
  readonly #places = new SegmentPlaces();
  #nextByteOffset: number;

  constructor(file: TiffFile) {
    this.#file = file;
    this.#nextByteOffset = file.firstDirectoryOffset;
  }

  /** The first image. @throws TesseraError gone if there is none. */
  async first(): Promise<Frame> {
    const frame = await this.at(0);
    if (!frame) throw damaged('there is no image in it');
    return frame;
  }

  /** Undefined beyond the last. @throws TesseraError gone if the chain is broken before it. */
  async at(index: number): Promise<Frame | undefined> {
    while (this.#found.length <= index) {
      const frame = await this.#next();
      if (!frame) return undefined;
      this.#found.push(frame);
    }
    return this.#found[index];
  }

  /** All images there are, at most `limit`. */
  async take(limit: number): Promise<readonly Frame[]> {
    await this.at(limit - 1);
    return this.#found.slice(0, limit);
  }

  async #next(): Promise<Frame | undefined> {
    const byteOffset = this.#nextByteOffset;
    if (byteOffset === 0) return undefined;
    if (this.#visited.has(byteOffset)) throw damaged('its images refer to one another in a circle');
    if (this.#visited.size >= maxPageCount) throw damaged(`it has more than ${maxPageCount} images`);
    this.#visited.add(byteOffset);
    const directory = await this.#file.directory(byteOffset);
    const page = await readPage(this.#file, directory);
    const segments = await readSegments(this.#file, page);
    this.#nextByteOffset = directory.nextByteOffset;
    const key = `${page.key}${page.jpegTables ?? ''}`;
    const known = this.#pages.get(key);
    if (!known) this.#pages.set(key, page);
    return new Frame(known ?? page, this.#places, segments);
  }
}
