import { checkKey, TesseraError, type NodeDraft, type NodePath, type Registration } from '@tessera/domain';

/** A draft with its place: what a registration comes down to once it is known to be sound. */
export interface PlannedNode {
  readonly draft: NodeDraft;
  readonly key: string;
  /** Position of its parent in the plan; −1 for the top, whose parent is in the catalog already. */
  readonly parent: number;
  readonly insideFile: boolean;
}

/** Specs of one node, as the Tiled client limits them. */
const maxSpecs = 20;
/** Longer keys do not fit an index entry (2704 bytes, with the rest of the row). */
const maxKeyByteLength = 2000;
const maxJsonByteLength = 16 * 2 ** 20;

/**
 * Checks the drafts of a registration and finds each one's parent, so that nothing is written of a bad one.
 * @throws TesseraError unprocessable that says which draft, and what is wrong with it.
 */
export function planRegistration(registration: Registration): readonly PlannedNode[] {
  const [top, ...rest] = registration.drafts;
  if (!top || top.path.length > 0) throw new TesseraError('unprocessable', 'The first node of a registration must be its top, with an empty path.');
  checkDraft(top, registration.key);
  const plan: PlannedNode[] = [{ draft: top, key: registration.key, parent: -1, insideFile: false }];
  const positions = new Map<string, number>([['', 0]]);
  for (const draft of rest) {
    const key = draft.path[draft.path.length - 1];
    const parent = positions.get(draft.path.slice(0, -1).join('/'));
    if (key === undefined || parent === undefined) refuse(draft.path, 'comes before its parent');
    checkDraft(draft, key);
    const place = draft.path.join('/');
    if (positions.has(place)) refuse(draft.path, 'is there twice');
    const above = plan[parent]!;
    if (above.draft.structure.family !== 'container') refuse(draft.path, 'lies below a node that is no container');
    positions.set(place, plan.length);
    plan.push({ draft, key, parent, insideFile: above.insideFile || above.draft.dataSource !== undefined });
  }
  return plan;
}

function checkDraft(draft: NodeDraft, key: string): void {
  checkKey(key);
  // A lone surrogate would be stored as U+FFFD, and two keys could become one.
  if (!key.isWellFormed()) refuse(draft.path, 'has a key that is not valid Unicode');
  if (new TextEncoder().encode(key).byteLength > maxKeyByteLength) refuse(draft.path, `has a key longer than ${maxKeyByteLength} bytes`);
  if (typeof draft.metadata !== 'object' || draft.metadata === null || Array.isArray(draft.metadata)) refuse(draft.path, 'has metadata that is not an object');
  const names = new Set(draft.specs.map((spec) => spec.name));
  if (draft.specs.length > maxSpecs || names.size < draft.specs.length) refuse(draft.path, `must have at most ${maxSpecs} specs, each named once`);
}

/** JSON of a value that is stored. @throws TesseraError unprocessable if it is too large, or no JSON at all. */
export function storedJson(value: unknown, path: NodePath): string {
  let text: string;
  try {
    text = JSON.stringify(value ?? null);
  } catch (error) {
    throw new TesseraError('unprocessable', `${describe(path)} has metadata that is not JSON.`, {}, { cause: error });
  }
  if (text.length > maxJsonByteLength) refuse(path, `has more than ${maxJsonByteLength / 2 ** 20} MiB of metadata`);
  return text;
}

function refuse(path: NodePath, what: string): never {
  throw new TesseraError('unprocessable', `${describe(path)} ${what}.`, { path });
}

function describe(path: NodePath): string {
  return path.length === 0 ? 'The top node' : `The node ${JSON.stringify(path.join('/'))}`;
}
