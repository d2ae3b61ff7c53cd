// What a workbook says of its sheets and styles (ECMA-376 part 1, 18.2 and 18.8; part 2, 9.3).
import { TesseraError } from '@tessera/domain';
import { attributeOf, builtInMeaning, meaningOfFormat, xmlTokens, type NumberMeaning } from '@tessera/arrow';

export interface SheetPart {
  readonly name: string;
  /** Of its member in the zip file. */
  readonly memberName: string;
}

export interface WorkbookParts {
  readonly sheets: readonly SheetPart[];
  readonly is1904: boolean;
  readonly stylesName?: string;
  readonly stringsName?: string;
}

/** Content of a member in pieces; undefined if there is none. */
export type OpenMember = (name: string) => AsyncIterable<Uint8Array> | undefined;

const maxSheetCount = 10_000;

/** @throws TesseraError gone if it is no workbook. */
export async function readWorkbookParts(open: OpenMember): Promise<WorkbookParts> {
  const top = await readRelations(open, '_rels/.rels', '');
  const workbookName = top.find(({ type }) => type === 'officeDocument')?.target ?? 'xl/workbook.xml';
  const slash = workbookName.lastIndexOf('/');
  const folder = workbookName.slice(0, slash + 1);
  const relations = await readRelations(open, `${folder}_rels/${workbookName.slice(slash + 1)}.rels`, folder);
  const content = open(workbookName);
  if (!content) throw new TesseraError('gone', 'This is no spreadsheet: there is no workbook in the file.');
  const sheets: SheetPart[] = [];
  let is1904 = false;
  for await (const { name, attributes } of elements(content)) {
    if (name === 'workbookPr') is1904 = ['1', 'true'].includes(attributeOf(attributes, 'date1904') ?? '');
    if (name !== 'sheet') continue;
    const id = attributeOf(attributes, 'id');
    // Sheets that are charts have no rows.
    const relation = relations.find((candidate) => candidate.id === id && candidate.type === 'worksheet');
    const sheetName = attributeOf(attributes, 'name');
    if (relation && sheetName !== undefined) sheets.push({ name: sheetName, memberName: relation.target });
    if (sheets.length > maxSheetCount) throw new TesseraError('gone', `The spreadsheet has more than ${maxSheetCount} sheets.`);
  }
  const nameOf = (type: string) => relations.find((relation) => relation.type === type)?.target;
  const [stylesName, stringsName] = [nameOf('styles'), nameOf('sharedStrings')];
  return { sheets, is1904, ...(stylesName === undefined ? {} : { stylesName }), ...(stringsName === undefined ? {} : { stringsName }) };
}

interface Relation {
  readonly id: string | undefined;
  /** Last word of its type. */
  readonly type: string;
  readonly target: string;
}

async function readRelations(open: OpenMember, memberName: string, folder: string): Promise<Relation[]> {
  const content = open(memberName);
  const relations: Relation[] = [];
  if (!content) return relations;
  for await (const { name, attributes } of elements(content)) {
    const target = attributeOf(attributes, 'Target');
    if (name !== 'Relationship' || target === undefined) continue;
    const type = (attributeOf(attributes, 'Type') ?? '').split('/').at(-1)!;
    relations.push({ id: attributeOf(attributes, 'Id'), type, target: resolveTarget(folder, target) });
  }
  return relations;
}

/** A name in the zip file, from one that may begin at its root or go up. */
function resolveTarget(folder: string, target: string): string {
  const parts: string[] = [];
  for (const part of (target.startsWith('/') ? target : `${folder}${target}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** What the numbers of each cell style mean. */
export async function readMeanings(styles: AsyncIterable<Uint8Array>): Promise<NumberMeaning[]> {
  const formats = new Map<number, NumberMeaning>();
  const meanings: NumberMeaning[] = [];
  let isInCellStyles = false;
  for await (const { name, attributes, isEnd } of elements(styles)) {
    if (name === 'cellXfs') isInCellStyles = !isEnd;
    if (isEnd) continue;
    const formatId = Number(attributeOf(attributes, 'numFmtId') ?? 0);
    if (name === 'numFmt') formats.set(formatId, meaningOfFormat(attributeOf(attributes, 'formatCode') ?? ''));
    if (name === 'xf' && isInCellStyles) meanings.push(formats.get(formatId) ?? builtInMeaning(formatId));
  }
  return meanings;
}

async function* elements(content: AsyncIterable<Uint8Array>): AsyncGenerator<{ readonly name: string; readonly attributes: string; readonly isEnd: boolean }> {
  for await (const tokens of xmlTokens(content)) {
    for (const token of tokens) {
      if (token.kind === 'open') yield { name: token.name, attributes: token.attributes, isEnd: false };
      if (token.kind === 'close') yield { name: token.name, attributes: '', isEnd: true };
    }
  }
}
