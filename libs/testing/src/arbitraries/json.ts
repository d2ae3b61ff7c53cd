import fc from 'fast-check';
import type { Json, JsonObject } from '@tessera/domain';

/** Text that JSON, PostgreSQL and UTF-8 can all carry: any script, no NUL, no half of a surrogate pair. */
export const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.constantFrom('', ' ', '"', '\\', "'", '%', '_', '\n', 'ü', '🙂', '__proto__')).map((value) => value.replaceAll('\0', ''));

const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value));

/** Values of metadata. */
export const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constant(null), fc.boolean(), fc.integer(), fc.maxSafeInteger(), finite, text,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(text.filter((key) => key !== '\\'), tie('json'), { maxKeys: 4 }),
  ),
}));

// "__proto__" would set a prototype where a test builds objects from literals. A lone backslash is a key that Node 24's
// JSON.parse remembers wrongly: the next object with an escaped key in its place gets that key instead.
const metadataKey = text.filter((key) => key !== '__proto__' && key !== '\\');

export const metadata: fc.Arbitrary<JsonObject> = fc.dictionary(metadataKey, json, { maxKeys: 5 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);
