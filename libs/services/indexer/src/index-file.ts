import { TesseraError, errorCodes, isTesseraError, toTesseraError, type Call, type Indexer, type JsonObject, type NodeDraft } from '@tessera/domain';
import type { FoundItem } from './found-item.ts';

export type FileItem = Extract<FoundItem, { kind: 'file' }> & {
  /** How it is to be read, where somebody said so. */
  readonly parameters?: JsonObject;
};

/** What is to be registered of a file, and why it cannot be read if it cannot. */
export interface IndexedDrafts {
  readonly drafts: readonly NodeDraft[];
  readonly problem?: string;
  /** Whether the problem may be gone the next time, though the file is the same: nobody answered. */
  readonly isPassing?: boolean;
}

/** How often a file that changes while it is read is begun. */
const maxAttempts = 3;

/** Indexes a file; one that cannot be read is a node with a problem. @throws TesseraError cancelled. */
export async function indexFile(item: FileItem, indexer: Indexer, call: Call): Promise<IndexedDrafts> {
  if (item.problem !== undefined) return { drafts: [problemDraft(item, item.problem)], problem: item.problem };
  const { uri } = item.entry;
  try {
    return { drafts: await draftsOf(item, indexer, call) };
  } catch (error) {
    if (call.signal?.aborted) throw new TesseraError('cancelled', 'Indexing was stopped.');
    // A fault of ours in one file must not keep the others from being served.
    const { code, message: problem } = toTesseraError(error);
    const isPassing = code !== 'internal' && (errorCodes[code].retryable || code === 'cancelled' || code === 'stale');
    // Without the facts of the file it is tried again the next time.
    const facts = isPassing ? { uri } : item.facts;
    return { drafts: [problemDraft({ ...item, facts }, problem)], problem, isPassing };
  }
}

/** All drafts of a file as it was at one time: one that changes meanwhile is read anew. */
async function draftsOf({ entry: { uri }, mediaType, parameters }: FileItem, indexer: Indexer, call: Call): Promise<NodeDraft[]> {
  for (let attempt = 1; ; attempt++) {
    const drafts: NodeDraft[] = [];
    try {
      for await (const draft of indexer.index({ uri, ...(mediaType === undefined ? {} : { mediaType }), ...(parameters ? { parameters } : {}) }, call)) drafts.push(draft);
      if (drafts.length === 0) throw new TesseraError('gone', 'There is nothing in this file.');
      return drafts;
    } catch (error) {
      if (attempt === maxAttempts || !isTesseraError(error, 'stale')) throw error;
    }
  }
}

/** With the facts of the file, so that it is not tried again before it changes. */
export function problemDraft({ facts, entry, mediaType, parameters }: FileItem, problem: string): NodeDraft {
  const assets = [{ ...facts, isDirectory: entry.isDirectory, parameter: 'data_uri' }];
  const dataSource = { mediaType: mediaType ?? unknownMediaType, ...(parameters ? { parameters } : {}), management: 'external', assets } as const;
  return { ...containerDraft, problem, dataSource };
}

/** Stands where nobody knows what a file is. */
export const unknownMediaType = 'application/octet-stream';

export const containerDraft: NodeDraft = { path: [], structure: { family: 'container' }, metadata: {}, specs: [] };
