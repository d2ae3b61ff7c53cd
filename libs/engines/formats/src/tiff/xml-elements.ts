/** An element as it begins or ends, without the prefix of its name. */
export interface XmlEvent {
  readonly kind: 'start' | 'end' | 'text';
  /** Of the element; of the text, the text. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

const none: ReadonlyMap<string, string> = new Map();
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/**
 * Elements of an XML document in order (XML 1.0). No more than metadata need: no document types, no
 * entities but the five that XML has and numbers. What is not XML gives nothing, and the scan goes on.
 */
export function* xmlEvents(text: string): Generator<XmlEvent> {
  for (let at = 0; at < text.length;) {
    const open = text.indexOf('<', at);
    if (open !== at) {
      const content = text.slice(at, open < 0 ? undefined : open).trim();
      if (content !== '') yield { kind: 'text', name: decodeEntities(content), attributes: none };
      if (open < 0) return;
    }
    const end = markupEnd(text, open);
    if (text[open + 1] !== '!' && text[open + 1] !== '?') yield* elementEvents(text.slice(open + 1, end - 1));
    at = end;
  }
}

/** Just after the `>` that closes what begins at `open`. */
function markupEnd(text: string, open: number): number {
  const after = (mark: string, from: number) => {
    const at = text.indexOf(mark, from);
    return at < 0 ? text.length : at + mark.length;
  };
  if (text.startsWith('<!--', open)) return after('-->', open + 4);
  if (text.startsWith('<![CDATA[', open)) return after(']]>', open + 9);
  if (text.startsWith('<?', open)) return after('?>', open + 2);
  for (let at = open + 1; at < text.length; at++) {
    const character = text[at];
    if (character === '>') return at + 1;
    // A value may hold the closing mark.
    if (character === '"' || character === "'") at = after(character, at + 1) - 1;
  }
  return text.length;
}

function* elementEvents(markup: string): Generator<XmlEvent> {
  const isEnd = markup.startsWith('/');
  const isEmpty = markup.endsWith('/');
  const body = markup.slice(isEnd ? 1 : 0, isEmpty ? -1 : undefined);
  const nameLength = body.search(/\s/);
  const whole = nameLength < 0 ? body : body.slice(0, nameLength);
  const name = whole.slice(whole.indexOf(':') + 1);
  if (!isEnd) yield { kind: 'start', name, attributes: nameLength < 0 ? none : attributesOf(body.slice(nameLength)) };
  if (isEnd || isEmpty) yield { kind: 'end', name, attributes: none };
}

function attributesOf(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name, double, single] of text.matchAll(/([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    attributes.set(name!.slice(name!.indexOf(':') + 1), decodeEntities(double ?? single ?? ''));
  }
  return attributes;
}

function decodeEntities(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|([a-z]{2,4}));/g, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return entities[name] ?? whole;
    const point = hex === undefined ? Number(decimal) : parseInt(hex, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
