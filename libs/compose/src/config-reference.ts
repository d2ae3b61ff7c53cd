import { z } from 'zod';
import { configSchema } from './config.ts';

interface Property {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Property>>;
}

/** JSON Schema of `tessera.yaml`. */
export function configJsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
}

/** The settings as a Markdown table: name in the file, environment variable, default, meaning. */
export function configReference(): string {
  const { properties = {} } = configJsonSchema() as Property;
  const rows = Object.entries(properties).flatMap(([name, property]) => rowsOf([name], property));
  return ['| setting | environment | default | meaning |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function rowsOf(path: readonly string[], property: Property): string[] {
  if (property.properties) return Object.entries(property.properties).flatMap(([name, inner]) => rowsOf([...path, name], inner));
  return [row(path.join('.'), `TESSERA_${path.map(variable).join('__')}`, property)];
}

function row(name: string, environment: string, { description = '', default: value }: Property): string {
  const shown = value === undefined || value === '' || isEmpty(value) ? '' : `\`${Array.isArray(value) ? value.join(',') : String(value)}\``;
  return `| \`${name}\` | \`${environment}\` | ${shown} | ${description} |`;
}

/** A list or record without entries. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function variable(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
