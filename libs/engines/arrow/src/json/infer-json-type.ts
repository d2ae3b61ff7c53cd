import { Bool, Field, Float64, Int64, List, Null, Struct, Utf8, type DataType } from 'apache-arrow';
import { isRawNumber } from './parse-line.ts';

/** Deeper values are text. */
const maxDepth = 16;
/** Fields of all structs of a column; one with more is text: its keys are data. */
const maxFieldCount = 1000;

const int64Range = [-(2n ** 63n), 2n ** 63n - 1n] as const;

interface Node {
  kind: 'null' | 'bool' | 'int64' | 'float64' | 'utf8' | 'list' | 'struct';
  item?: Node;
  fields?: Map<string, Node>;
}

/**
 * Finds the Arrow type of a column of JSON values: integers and floating point numbers together are floating point, lists
 * and objects are of the type of all that is in them; values that have nothing in common are text.
 */
export class JsonInference {
  readonly #root: Node = { kind: 'null' };
  #fieldCount = 0;

  add(value: unknown): void {
    this.#add(this.#root, value, 0);
  }

  get type(): DataType {
    return arrowType(this.#root);
  }

  #add(node: Node, value: unknown, depth: number): void {
    if (value === null || value === undefined || node.kind === 'utf8') return;
    const kind = depth > maxDepth ? 'utf8' : kindOf(value);
    if (node.kind === 'null') node.kind = kind;
    else if (node.kind !== kind) node.kind = isNumber(node.kind) && isNumber(kind) ? 'float64' : 'utf8';
    if (node.kind === 'list') {
      node.item ??= { kind: 'null' };
      for (const item of value as readonly unknown[]) this.#add(node.item, item, depth + 1);
    } else if (node.kind === 'struct') this.#addFields(node, value as Readonly<Record<string, unknown>>, depth);
  }

  #addFields(node: Node, value: Readonly<Record<string, unknown>>, depth: number): void {
    const fields = (node.fields ??= new Map());
    for (const [name, item] of Object.entries(value)) {
      let field = fields.get(name);
      if (!field) {
        if (++this.#fieldCount > maxFieldCount) {
          node.kind = 'utf8';
          return;
        }
        fields.set(name, (field = { kind: 'null' }));
      }
      this.#add(field, item, depth + 1);
    }
  }
}

const isNumber = (kind: Node['kind']) => kind === 'int64' || kind === 'float64';

function kindOf(value: unknown): Node['kind'] {
  switch (typeof value) {
    case 'boolean': return 'bool';
    case 'number': return Number.isInteger(value) ? 'int64' : 'float64';
    case 'string': return 'utf8';
    default:
  }
  if (isRawNumber(value)) return isInt64(value.rawJSON) ? 'int64' : 'float64';
  return Array.isArray(value) ? 'list' : 'struct';
}

function isInt64(text: string): boolean {
  if (/[.eE]/.test(text) || text.length > 20) return false;
  const value = BigInt(text);
  return value >= int64Range[0] && value <= int64Range[1];
}

function arrowType({ kind, item, fields }: Node): DataType {
  switch (kind) {
    case 'null': return new Null();
    case 'bool': return new Bool();
    case 'int64': return new Int64();
    case 'float64': return new Float64();
    case 'utf8': return new Utf8();
    case 'list': return new List(new Field('item', arrowType(item ?? { kind: 'null' }), true));
    // Arrow has structs without fields, and few programs read them.
    case 'struct': return fields && fields.size > 0 ? new Struct([...fields].map(([name, field]) => new Field(name, arrowType(field), true))) : new Utf8();
  }
}
