// The text before the picture is a CIF (International Tables for Crystallography, volume G, chapter 2.2): names with values.

/**
 * The data items of a CIF text that stand alone, by name. Loops and comments are passed over.
 * @param {string} text
 * @returns {Record<string, string>}
 */
export function parseItems(text) {
  /** @type {Record<string, string>} */
  const items = {};
  const lines = text.split(/\r\n|\n|\r/);
  for (let at = 0; at < lines.length; at++) {
    const found = /^\s*(_[\w.[\]/-]+)(?:\s+(.*))?$/.exec(lines[at] ?? '');
    if (!found) continue;
    const [, name = '', rest = ''] = found;
    if (rest.trim() !== '') items[name] = unquoted(rest.trim());
    else if ((lines[at + 1] ?? '').startsWith(';')) {
      // A text field: from a semicolon at the start of a line to the next one there.
      const end = lines.findIndex((line, index) => index > at + 1 && line.startsWith(';'));
      if (end < 0) break;
      items[name] = [(lines[at + 1] ?? '').slice(1), ...lines.slice(at + 2, end)].join('\n').trim();
      at = end;
    }
  }
  return items;
}

/** @param {string} value */
function unquoted(value) {
  const quote = value[0];
  return (quote === "'" || quote === '"') && value.length > 1 && value.endsWith(quote) ? value.slice(1, -1) : value;
}
