// Excel workbooks (Office Open XML, ECMA-376): a container of one table for each sheet.
import { TesseraError, isTesseraError, type ByteStore, type Call, type DataSourceDraft, type Entry, type Format, type IndexedNode, type Source } from '@tessera/domain';
import { SharedStrings, encodeSchemaMessage, rangeReader, readMember, type MemberPlace, type SheetWorkbook } from '@tessera/arrow';
import { ZipFile, isZip, memberProblem } from '../zip/zip-file.ts';
import { readMeanings, readWorkbookParts, type OpenMember, type SheetPart, type WorkbookParts } from './workbook-parts.ts';
import { scanSheet, type ScannedSheet } from './scan-sheet.ts';

const mediaType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const suffixes = ['.xlsx', '.xlsm'];
/** Unpacked bytes of one part. */
const maxPartByteLength = 2 ** 31;
/** First bytes of the older format, in which files with a password are, too (MS-CFB, section 2.2). */
const compoundFileSignature = Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0);

const hasSuffix = ({ uri }: Entry) => suffixes.some((suffix) => uri.toLowerCase().endsWith(suffix));

export const xlsxFormat: Format = {
  name: 'xlsx',
  mediaTypes: [mediaType],
  suffixes,
  sniff: (entry, head) => !entry.isDirectory && isZip(head) && hasSuffix(entry),
  async *index(entry: Entry, store: ByteStore, _parameters, call?: Call): AsyncGenerator<IndexedNode> {
    await checkNotLocked(entry, store, call);
    const zip = await ZipFile.open(entry, store, call);
    const places = new Map<string, MemberPlace>();
    const read = rangeReader(store, entry.uri, call);
    const placeOf = async (name: string) => {
      const member = zip.members.get(name);
      if (!member || places.has(name)) return;
      const problem = memberProblem(member);
      if (problem !== undefined) throw new TesseraError('gone', problem);
      const [byteOffset] = await zip.dataByteOffsets([member]);
      places.set(name, { byteOffset: byteOffset!, storedByteLength: member.storedByteLength, method: member.method });
    };
    // Opening is not asynchronous, so what is small and always read is located first.
    for (const name of zip.members.keys()) if (!/(?:^|\/)(?:worksheets|media|drawings|charts)\//.test(name)) await placeOf(name);
    const open: OpenMember = (name) => {
      const place = places.get(name);
      return place && readMember(read, place, maxPartByteLength);
    };
    const parts = await readWorkbookParts(open);
    const workbook = await openWorkbook(parts, open);
    const dataSource: DataSourceDraft = { mediaType, management: 'external', assets: [{ ...zip.source, isDirectory: false, parameter: 'data_uri' }] };
    yield { path: [], structure: { family: 'container' }, metadata: {}, specs: [], dataSource };
    const strings = parts.stringsName === undefined ? undefined : places.get(parts.stringsName);
    for (const sheet of parts.sheets) {
      yield await sheetNode(sheet, async () => {
        await placeOf(sheet.memberName);
        const place = places.get(sheet.memberName);
        if (!place) throw new TesseraError('gone', 'The sheet is not in the file.');
        const found = await scanSheet(readMember(read, place, maxPartByteLength), workbook);
        return tableOf(sheet, found, zip.source, place, { is1904: parts.is1904, meanings: workbook.meanings, ...(strings ? { strings } : {}) });
      });
    }
  },
};

async function checkNotLocked(entry: Entry, store: ByteStore, call: Call | undefined): Promise<void> {
  const head = await store.read(entry.uri, { byteOffset: 0, byteLength: 4 }, call);
  if (head && compoundFileSignature.every((byte, index) => head[index] === byte)) {
    throw new TesseraError('unsupported', 'The spreadsheet has a password or is of the older format (.xls). Save it as .xlsx without a password.');
  }
}

async function openWorkbook({ stylesName, stringsName, is1904 }: WorkbookParts, open: OpenMember): Promise<SheetWorkbook> {
  const styles = stylesName === undefined ? undefined : open(stylesName);
  const strings = stringsName === undefined ? undefined : open(stringsName);
  return { is1904, meanings: styles ? await readMeanings(styles) : [], strings: strings ? await SharedStrings.read(strings) : new SharedStrings() };
}

/** A sheet that cannot be read has its place among the others. */
async function sheetNode(sheet: SheetPart, make: () => Promise<IndexedNode>): Promise<IndexedNode> {
  try {
    return await make();
  } catch (error) {
    if (!isTesseraError(error, 'gone') && !isTesseraError(error, 'unsupported')) throw error;
    return { path: [keyOf(sheet)], structure: { family: 'container' }, metadata: {}, specs: [], problem: error.message };
  }
}

/** Excel allows no slash in a name. */
const keyOf = ({ name }: SheetPart) => name.replaceAll('/', '_') || '_';

function tableOf(sheet: SheetPart, found: ScannedSheet, source: Source, place: MemberPlace, workbook: object): IndexedNode {
  const { schema, types, firstRow, rowCount } = found;
  const message = encodeSchemaMessage(schema);
  const partition = { uri: source.uri, byteOffset: place.byteOffset, byteLength: place.storedByteLength, rowCount, detail: { method: place.method } };
  return {
    path: [keyOf(sheet)],
    metadata: {},
    specs: [{ name: 'dataframe' }],
    structure: { family: 'table', table: { arrowSchema: Buffer.from(message).toString('base64'), columns: schema.fields.map((field) => field.name), partitionCount: 1, rowCount } },
    manifest: { kind: 'table', schema: message, partitions: [partition], decoder: { name: 'xlsx', configuration: { ...workbook, types, firstRow } }, sources: [source] },
  };
}
