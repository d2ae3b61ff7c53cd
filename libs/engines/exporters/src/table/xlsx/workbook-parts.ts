// The parts of a workbook (ECMA-376, part 1, section 12) beside its sheet.
import { stylesPart } from './sheet-styles.ts';

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const packageNs = 'http://schemas.openxmlformats.org/package/2006';
const documentNs = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const types = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/** Names of parts and their text, in the order in which programs look for them. */
export const workbookParts: ReadonlyMap<string, string> = new Map([
  ['[Content_Types].xml', `${declaration}<Types xmlns="${packageNs}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>`
    + '<Default Extension="xml" ContentType="application/xml"/>'
    + `<Override PartName="/xl/workbook.xml" ContentType="${types}.sheet.main+xml"/>`
    + `<Override PartName="/xl/worksheets/sheet1.xml" ContentType="${types}.worksheet+xml"/>`
    + `<Override PartName="/xl/styles.xml" ContentType="${types}.styles+xml"/></Types>`],
  ['_rels/.rels', `${declaration}<Relationships xmlns="${packageNs}/relationships"><Relationship Id="rId1" Type="${documentNs}/officeDocument" Target="xl/workbook.xml"/></Relationships>`],
  ['xl/workbook.xml', `${declaration}<workbook xmlns="${main}" xmlns:r="${documentNs}"><bookViews><workbookView/></bookViews><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`],
  ['xl/_rels/workbook.xml.rels', `${declaration}<Relationships xmlns="${packageNs}/relationships"><Relationship Id="rId1" Type="${documentNs}/worksheet" Target="worksheets/sheet1.xml"/>`
    + `<Relationship Id="rId2" Type="${documentNs}/styles" Target="styles.xml"/></Relationships>`],
  ['xl/styles.xml', stylesPart],
]);

/** A sheet up to its first row; the row of names stays in sight. */
export function sheetStart(widths: readonly (number | undefined)[]): Buffer {
  const columns = widths.map((width, i) => (width === undefined ? '' : `<col min="${i + 1}" max="${i + 1}" width="${width}" customWidth="1"/>`)).join('');
  return Buffer.from(`${declaration}<worksheet xmlns="${main}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>`
    + `${columns === '' ? '' : `<cols>${columns}</cols>`}<sheetData>`);
}

export const sheetEnd = '</sheetData></worksheet>';
