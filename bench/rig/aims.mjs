// The end of a page: what was aimed at, and whether it holds.

/** @param aims `{ aim, measured, holds }` each: two texts and a boolean. */
export function aimTable(aims) {
  return ['| aim | measured | holds |', '|---|---|---|', ...aims.map(({ aim, measured, holds }) => `| ${aim} | ${measured} | ${holds ? 'yes' : 'no'} |`)];
}
