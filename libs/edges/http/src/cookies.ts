/** Value of one cookie of a `Cookie` header, undefined if it is not there (RFC 6265, section 4.2). */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    if (equals >= 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

/** A session cookie that scripts cannot read. `value` must be cookie-safe. */
export function sessionCookie(name: string, value: string): string {
  return `${name}=${value}; HttpOnly; Path=/; SameSite=lax`;
}

/** Appends one `Set-Cookie` to those that are there already. */
export function withCookie(existing: unknown, cookie: string): string[] {
  if (existing === undefined) return [cookie];
  return [...(Array.isArray(existing) ? (existing as string[]) : [String(existing)]), cookie];
}
