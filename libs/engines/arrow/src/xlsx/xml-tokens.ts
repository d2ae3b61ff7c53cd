// XML as spreadsheets have it, piece by piece: elements, attributes and text. Documents with a document type are refused, so
// no entity stands for anything but a character.
import { TesseraError } from '@tessera/domain';

export type XmlToken =
  /** `name` without a namespace prefix; `attributes` as they are written. */
  | { readonly kind: 'open'; readonly name: string; readonly attributes: string; readonly isEmpty: boolean }
  | { readonly kind: 'close'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string };

/** Longest tag or text: a cell has up to 32,767 characters. */
const maxTokenLength = 2 ** 20;

/** @throws TesseraError gone if it is no XML in UTF-8. */
export async function* xmlTokens(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<XmlToken[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  const decode = (piece?: Uint8Array): string => {
    try {
      return piece ? decoder.decode(piece, { stream: true }) : decoder.decode();
    } catch (cause) {
      throw damaged('it is not in UTF-8', cause);
    }
  };
  for await (const piece of pieces) {
    const tokens: XmlToken[] = [];
    rest = takeTokens(rest + decode(piece), tokens);
    if (rest.length > maxTokenLength) throw damaged('a text in it is too long');
    yield tokens;
  }
  if ((rest + decode()).trim() !== '') throw damaged('it is cut off');
}

/** Takes what is complete; gives what is left. */
function takeTokens(text: string, tokens: XmlToken[]): string {
  let at = 0;
  for (;;) {
    const open = text.indexOf('<', at);
    if (open < 0) return text.slice(at);
    const end = endOfTag(text, open);
    if (end < 0) return text.slice(at);
    if (open > at) tokens.push({ kind: 'text', text: unescapeXml(text.slice(at, open)) });
    if (text.startsWith('<![CDATA[', open)) tokens.push({ kind: 'text', text: text.slice(open + 9, end - 3) });
    else if (text[open + 1] === '!' && text[open + 2] !== '-') throw damaged('it has a document type');
    else if (text[open + 1] !== '?' && text[open + 1] !== '!') tokens.push(tagOf(text.slice(open + 1, end - 1)));
    at = end;
  }
}

/** Position after the tag, comment or section that begins here; −1 if it is not complete. */
function endOfTag(text: string, open: number): number {
  const after = (closing: string, from: number) => {
    const at = text.indexOf(closing, from);
    return at < 0 ? -1 : at + closing.length;
  };
  if (text[open + 1] === '!') {
    if (open + 9 > text.length) return -1;
    if (text.startsWith('<!--', open)) return after('-->', open + 4);
    if (text.startsWith('<![CDATA[', open)) return after(']]>', open + 9);
  }
  // A quoted attribute may have the closing bracket in it.
  for (let at = open + 1; at < text.length; at++) {
    const letter = text.charCodeAt(at);
    if (letter === 0x3e) return at + 1;
    if (letter !== 0x22 && letter !== 0x27) continue;
    at = text.indexOf(text[at]!, at + 1);
    if (at < 0) return -1;
  }
  return -1;
}

function tagOf(content: string): XmlToken {
  if (content.startsWith('/')) return { kind: 'close', name: localName(content.slice(1).trim()) };
  const isEmpty = content.endsWith('/');
  const whole = isEmpty ? content.slice(0, -1) : content;
  const nameEnd = whole.search(/\s|$/);
  return { kind: 'open', name: localName(whole.slice(0, nameEnd)), attributes: whole.slice(nameEnd), isEmpty };
}

const localName = (name: string) => name.slice(name.indexOf(':') + 1);

const patterns = new Map<string, RegExp>();

/** Value of an attribute, whatever its namespace; undefined if it is not there. */
export function attributeOf(attributes: string, name: string): string | undefined {
  if (attributes === '') return undefined;
  let pattern = patterns.get(name);
  if (!pattern) patterns.set(name, (pattern = new RegExp(`\\s(?:[\\w.-]+:)?${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`)));
  const match = pattern.exec(attributes);
  return match ? unescapeXml(match[1] ?? match[2]!) : undefined;
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  const plain = text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text;
  if (!plain.includes('&')) return plain;
  return plain.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w{1,8}));/g, (whole, decimal: string | undefined, hex: string | undefined, name: string | undefined) => {
    if (name !== undefined) return entities[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function damaged(what: string, cause?: unknown): TesseraError {
  return new TesseraError('gone', `The spreadsheet is damaged: a part of it cannot be read, ${what}.`, {}, { cause });
}
