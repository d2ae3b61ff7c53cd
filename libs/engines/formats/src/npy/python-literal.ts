/** Values that a Python literal of a npy header can hold; tuples are arrays. */
export type PythonValue = string | number | boolean | null | PythonValue[] | Map<string, PythonValue>;

const token = /\s*(?:('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(-?\d+)L?|(True|False|None)\b|([[\](){},:]))/y;
const maxDepth = 64;

/** Reads the literals that numpy writes: dicts, lists, tuples, strings, integers. @throws SyntaxError for anything else. */
export function parsePythonLiteral(text: string): PythonValue {
  const pattern = new RegExp(token);
  let ahead = next();
  const value = parse(0);
  if (ahead !== undefined) throw new SyntaxError('text after the literal');
  return value;

  function next(): RegExpExecArray | undefined {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match) return match;
    if (text.slice(at).trim() === '') return undefined;
    throw new SyntaxError('not a literal');
  }

  function parse(depth: number): PythonValue {
    if (!ahead || depth > maxDepth) throw new SyntaxError('not a literal');
    const [, string, integer, word, mark] = ahead;
    ahead = next();
    if (string !== undefined) return unquote(string);
    if (integer !== undefined) return Number(integer);
    if (word !== undefined) return word === 'None' ? null : word === 'True';
    if (mark === '{') return parseDict(depth);
    if (mark === '[' || mark === '(') return parseSequence(mark === '[' ? ']' : ')', depth);
    throw new SyntaxError('a bracket out of place');
  }

  function parseSequence(close: string, depth: number): PythonValue {
    const items: PythonValue[] = [];
    let commas = 0;
    while (!take(close)) {
      items.push(parse(depth + 1));
      if (take(',')) commas++;
      else if (ahead?.[4] !== close) throw new SyntaxError('a comma is missing');
    }
    // Brackets around one value without a comma are brackets, not a tuple.
    return close === ')' && items.length === 1 && commas === 0 ? items[0]! : items;
  }

  function parseDict(depth: number): PythonValue {
    const entries = new Map<string, PythonValue>();
    while (!take('}')) {
      const key = parse(depth + 1);
      if (typeof key !== 'string' || !take(':')) throw new SyntaxError('a key is missing');
      entries.set(key, parse(depth + 1));
      if (!take(',') && ahead?.[4] !== '}') throw new SyntaxError('a comma is missing');
    }
    return entries;
  }

  function take(mark: string): boolean {
    if (ahead?.[4] !== mark) return false;
    ahead = next();
    return true;
  }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', "'": "'", '"': '"' };

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/g, (all, x?: string, u?: string, long?: string, one?: string) => {
    const code = x ?? u ?? long;
    return code === undefined ? (escapes[one!] ?? all) : String.fromCodePoint(parseInt(code, 16));
  });
}
