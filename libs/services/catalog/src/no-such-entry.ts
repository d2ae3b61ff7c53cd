import { TesseraError, type NodePath } from '@tessera/domain';

/** The words of the wire contract, with the keys as Python writes strings. */
export function noSuchEntry(path: NodePath): TesseraError {
  return new TesseraError('not_found', `No such entry: [${path.map(pythonString).join(', ')}]`, { path });
}

/** Python's repr of a string: single quotes, unless only those are inside. */
function pythonString(text: string): string {
  const escaped = text.replace(/[\\\n\r\t]/g, (character) => ({ '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' })[character]!);
  if (!escaped.includes("'")) return `'${escaped}'`;
  return escaped.includes('"') ? `'${escaped.replaceAll("'", "\\'")}'` : `"${escaped}"`;
}
