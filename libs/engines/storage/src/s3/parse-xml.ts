import { TesseraError } from '@tessera/domain';

/** An element of an XML document: its text, and the elements in it. Attributes are left out. */
export interface XmlElement {
  readonly name: string;
  text: string;
  readonly children: XmlElement[];
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const maxDepth = 16;

/**
 * The root element of what S3 servers answer: elements and text without namespaces or a document type, so no entity can
 * stand for anything but a character. @throws TesseraError unavailable if it is no such document.
 */
export function parseXml(text: string): XmlElement {
  const document: XmlElement = { name: '', text: '', children: [] };
  const open = [document];
  const token = /<(?:\?[^>]*|!--[\s\S]*?--|!\[CDATA\[([\s\S]*?)\]\]|(\/?)([A-Za-z_][\w.:-]*)([^<>]*?)(\/?))>|([^<]+)/gy;
  let at = 0;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    at = token.lastIndex;
    const [, data, isEnd, name, , isEmpty, plain] = match;
    const top = open[open.length - 1]!;
    if (plain !== undefined || data !== undefined) top.text += data ?? unescape(plain!);
    else if (isEnd === '/') {
      if (open.length < 2 || top.name !== name) throw damaged();
      open.pop();
    } else if (name !== undefined) {
      const element: XmlElement = { name, text: '', children: [] };
      top.children.push(element);
      if (isEmpty !== '/' && open.push(element) > maxDepth) throw damaged();
    }
  }
  if (at !== text.length || open.length !== 1 || document.children.length !== 1) throw damaged();
  return document.children[0]!;
}

/** The text of the first child of a name; undefined if there is none. */
export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}

function unescape(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{1,8}));/gi, (whole, decimal: string | undefined, hex: string | undefined, name: string | undefined) => {
    if (name !== undefined) return entities[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function damaged(): TesseraError {
  return new TesseraError('unavailable', 'The storage gave an answer that is no XML document.');
}
