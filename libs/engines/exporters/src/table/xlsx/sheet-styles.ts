import { DataType, Type, type Date_, type Dictionary, type Timestamp } from 'apache-arrow';

/** Places in `cellXfs` of the styles part. */
export const cellStyles = { date: 1, dateTime: 2, dateTimeMs: 3, time: 4, duration: 5, header: 6 } as const;

/** Formats of numbers by those places; the first is what a cell without a style has. */
const numberFormats = ['', 'yyyy\\-mm\\-dd', 'yyyy\\-mm\\-dd\\ hh:mm:ss', 'yyyy\\-mm\\-dd\\ hh:mm:ss.000', 'hh:mm:ss.000', '[h]:mm:ss.000'];
/** Numbers below are those of the built-in formats. */
const firstOwnFormat = 164;

const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';

const own = numberFormats.slice(1).map((code, i) => `<numFmt numFmtId="${firstOwnFormat + i}" formatCode="${code}"/>`).join('');
const formats = numberFormats.map((_, i) => (i === 0 ? '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>' : `<xf numFmtId="${firstOwnFormat + i - 1}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>`)).join('');

/** The styles part: number formats of dates and times, and bold names. */
export const stylesPart = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="${main}"><numFmts count="${numberFormats.length - 1}">${own}</numFmts>`
  + '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
  + '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
  + '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
  + '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
  + `<cellXfs count="${numberFormats.length + 1}">${formats}<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>`
  + '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>';

/** Characters that a column needs so that its dates are not shown as #####; undefined = as wide as any. */
export function columnWidth(type: DataType): number | undefined {
  const values = DataType.isDictionary(type) ? ((type as Dictionary).dictionary as DataType) : type;
  if (values.typeId === Type.Date) return (values as Date_).unit === 0 ? 11 : 12;
  if (values.typeId === Type.Timestamp) return (values as Timestamp).timezone ? 30 : 23;
  return values.typeId === Type.Time || values.typeId === Type.Duration ? 14 : undefined;
}
