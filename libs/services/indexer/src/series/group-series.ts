import type { Entry, Format } from '@tessera/domain';
import { uriName } from '@tessera/storage';

/** A file of a series. */
export interface Frame {
  /** The running number in its name. */
  readonly number: number;
  readonly entry: Entry;
}

/** Files of a folder whose names differ in a running number alone. */
export interface SeriesFiles {
  readonly folderUri: string;
  /** Around the number, as in URIs: percent-encoded. */
  readonly prefix: string;
  readonly suffix: string;
  /** Digits up to which numbers have leading zeros; 1 = they have none. */
  readonly width: number;
  /** Ascending by number, each once. */
  readonly frames: readonly Frame[];
}

/** Numbers of more digits are identifiers or times, and no longer exact. */
const maxDigits = 15;

/** A name that ends in a number and one suffix. Its shortest prefix: `a1b22.npy` is number 22 of `a1b`. */
const framePattern = new RegExp(`^(.*?)(\\d+)(\\.[A-Za-z][A-Za-z0-9]*)$`, 's');

/** What a name is made of if it has a running number before its suffix. */
export function parseFrameName(name: string): { readonly prefix: string; readonly digits: string; readonly suffix: string } | undefined {
  const match = framePattern.exec(name);
  if (!match || match[2]!.length > maxDigits) return undefined;
  return { prefix: match[1]!, digits: match[2]!, suffix: match[3]! };
}

/** Endings of names, in lower case, of the formats whose files are stacked. */
export async function stackedSuffixes(formats: ReadonlyMap<string, () => Promise<Format>>): Promise<ReadonlySet<string>> {
  const suffixes = new Set<string>();
  for (const load of formats.values()) {
    const format = await load();
    if (format.isStacked) format.suffixes?.forEach((suffix) => suffixes.add(suffix));
  }
  return suffixes;
}

/**
 * Sorts the entries of a folder by name alone into series of at least `minCount` files and others. One format of
 * name makes a series, as printf's `%04d` or `%d`: `a01` and `a001` belong to two.
 */
export function groupSeries(entries: readonly Entry[], suffixes: ReadonlySet<string>, minCount = 2): { readonly series: readonly SeriesFiles[]; readonly others: readonly Entry[] } {
  const others: Entry[] = [];
  const byName = new Map<string, Candidate[]>();
  for (const entry of entries) {
    const candidate = entry.isDirectory ? undefined : candidateOf(entry, suffixes);
    if (!candidate) {
      others.push(entry);
      continue;
    }
    const key = `${candidate.prefix}/${candidate.suffix}`;
    const same = byName.get(key);
    if (same) same.push(candidate);
    else byName.set(key, [candidate]);
  }
  const series: SeriesFiles[] = [];
  for (const candidates of byName.values()) {
    for (const [width, members] of byWidth(candidates)) {
      if (members.length < minCount) others.push(...members.map(({ entry }) => entry));
      else series.push(seriesOf(members, width));
    }
  }
  return { series, others };
}

interface Candidate {
  readonly entry: Entry;
  readonly folderUri: string;
  readonly prefix: string;
  readonly digits: string;
  readonly suffix: string;
}

function candidateOf(entry: Entry, suffixes: ReadonlySet<string>): Candidate | undefined {
  const parsed = parseFrameName(uriName(entry.uri));
  if (!parsed || !suffixes.has(parsed.suffix.toLowerCase())) return undefined;
  const { digits, suffix } = parsed;
  const slash = entry.uri.lastIndexOf('/');
  const encoded = entry.uri.slice(slash + 1);
  // Digits and suffixes need no escapes, so the end of the encoded name is that of the name.
  if (!encoded.endsWith(digits + suffix)) return undefined;
  return { entry, folderUri: entry.uri.slice(0, slash), prefix: encoded.slice(0, -(digits + suffix).length), digits, suffix };
}

/** Members by width: a number with leading zeros tells its own, one without belongs to the largest width that it fills. */
function byWidth(candidates: readonly Candidate[]): ReadonlyMap<number, readonly Candidate[]> {
  const padded = (digits: string) => digits.length > 1 && digits.startsWith('0');
  const widths = [...new Set(candidates.filter(({ digits }) => padded(digits)).map(({ digits }) => digits.length))].sort((a, b) => b - a);
  const groups = new Map<number, Candidate[]>();
  for (const candidate of candidates) {
    const { digits } = candidate;
    const width = padded(digits) ? digits.length : widths.find((each) => each <= digits.length) ?? 1;
    const group = groups.get(width);
    if (group) group.push(candidate);
    else groups.set(width, [candidate]);
  }
  return groups;
}

function seriesOf(members: readonly Candidate[], width: number): SeriesFiles {
  const { folderUri, prefix, suffix } = members[0]!;
  const frames = members.map(({ entry, digits }) => ({ number: Number(digits), entry })).sort((a, b) => a.number - b.number);
  return { folderUri, prefix, suffix, width, frames };
}
