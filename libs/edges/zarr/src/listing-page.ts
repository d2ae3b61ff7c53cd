import { formatNodePath } from '@tessera/domain';

/**
 * A listing as clients of HTTP folders read it: links in HTML, relative to the URL that was asked for,
 * however the client and the proxies between wrote it. Browsers take them as relative to the base.
 */
export async function* htmlListing(url: string, keys: AsyncIterable<string>): AsyncGenerator<string> {
  const { pathname } = new URL(url);
  yield `<!doctype html>\n<html><head><base href="${escapeHtml(pathname)}/"><title>${escapeHtml(pathname)}</title></head><body>\n`;
  for await (const key of keys) yield `<a href="${relativeLink(key)}">${escapeHtml(key)}</a><br>\n`;
  yield '</body></html>\n';
}

/** The URLs as a JSON array, an item at a time. */
export async function* jsonListing(url: string, keys: AsyncIterable<string>): AsyncGenerator<string> {
  let before = '[';
  for await (const key of keys) {
    yield `${before}${JSON.stringify(`${url}/${formatNodePath([key])}`)}`;
    before = ', ';
  }
  yield before === '[' ? '[]' : ']';
}

/**
 * fsspec takes a link as it stands for the name, so that only what would not survive is escaped: what ends or
 * divides a URL, what ends the attribute or begins an entity in it, what looks like an escape or a scheme.
 */
function relativeLink(key: string): string {
  const escaped = key.replaceAll(/%(?=[0-9a-f]{2})|[\u0000-\u001f\u007f"'<>#?\\]|&(?=[a-z0-9#])/gi, percentEncoded);
  return escaped.replace(/^h(?=ttp)/i, percentEncoded).replace(/^([a-z][a-z0-9+.-]*):/i, '$1%3A');
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character]!);
}
