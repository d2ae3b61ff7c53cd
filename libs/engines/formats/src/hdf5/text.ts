const utf8 = new TextDecoder('utf-8', { fatal: true });
const latin1 = new TextDecoder('latin1');

/**
 * Text as HDF5 writers mean it: UTF-8, or Latin-1 where it is not UTF-8 (old files
 * say ASCII and write Å). NULs inside become U+FFFD, as databases take none.
 */
export function decodeText(bytes: Uint8Array): string {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    text = latin1.decode(bytes);
  }
  return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text;
}

/** The bytes before the first NUL. */
export function beforeNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}
