/**
 * Header that makes a browser save a body as a file. Quotes, backslashes, line ends and path
 * separators cannot be in a name; other scripts get the extended form as well (RFC 6266, section 4.3).
 */
export function contentDisposition(filename: string): string {
  const name = [...filename].filter((character) => character >= ' ' && !'"\\/\x7f'.includes(character)).join('').slice(0, 255) || 'data';
  const plain = name.replace(/[^\x20-\x7e]/g, '_');
  if (plain === name) return `attachment; filename="${plain}"`;
  const encoded = encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
