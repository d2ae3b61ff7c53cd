// Folders of a zarr hierarchy on a server that lists none: those of its consolidated metadata.

/** Consolidated metadata beyond this are none. */
const documentByteLimit = 64 * 2 ** 20;

/** The folders of a hierarchy, by their path from its root: empty for the root, else with a slash before each name. */
export interface ZarrHierarchy {
  has(path: string): boolean;
  /** Names in order. */
  childrenOf(path: string): readonly string[];
}

type Document = Readonly<Record<string, unknown>>;

/**
 * What `zarr.json` (v3) or `.zmetadata` (v2) of a folder name; the folder alone if it is an array, or a group whose metadata are
 * not consolidated; undefined if it is no zarr folder.
 */
export async function loadZarrHierarchy(read: (name: string, byteLength: number) => Promise<Uint8Array | undefined>): Promise<ZarrHierarchy | undefined> {
  const load = async (name: string) => parseDocument(await read(name, documentByteLimit));
  const v3 = await load('zarr.json');
  if (v3?.['zarr_format'] === 3) return foldersOf(Object.keys(asDocument(asDocument(v3['consolidated_metadata'])?.['metadata']) ?? {}));
  const consolidated = asDocument((await load('.zmetadata'))?.['metadata']);
  if (consolidated) {
    const documents = Object.keys(consolidated).filter((key) => /(?:^|\/)\.z(?:array|group)$/.test(key));
    return foldersOf(documents.map((key) => key.slice(0, Math.max(key.lastIndexOf('/'), 0))));
  }
  for (const name of ['.zarray', '.zgroup']) if ((await load(name))?.['zarr_format'] === 2) return foldersOf([]);
  return undefined;
}

function foldersOf(paths: readonly string[]): ZarrHierarchy {
  const children = new Map<string, Set<string>>([['', new Set()]]);
  for (const path of paths) {
    const names = path.split('/').filter((name) => name !== '');
    if (names.some((name) => name === '.' || name === '..' || name.includes('\\') || name.includes('\0') || !name.isWellFormed())) continue;
    let folder = '';
    for (const name of names) {
      children.get(folder)!.add(name);
      folder += `/${encodeURIComponent(name)}`;
      if (!children.has(folder)) children.set(folder, new Set());
    }
  }
  return { has: (path) => children.has(path), childrenOf: (path) => [...(children.get(path) ?? [])].sort() };
}

function parseDocument(bytes: Uint8Array | undefined): Document | undefined {
  if (!bytes) return undefined;
  try {
    // Python writes NaN as a bare word; which number it stands for does not matter here.
    return asDocument(JSON.parse(Buffer.from(bytes).toString().replaceAll(/("(?:[^"\\]|\\.)*")|-?\b(?:NaN|Infinity)\b/g, (_word, text: string | undefined) => text ?? 'null')));
  } catch {
    return undefined;
  }
}

function asDocument(value: unknown): Document | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Document) : undefined;
}
