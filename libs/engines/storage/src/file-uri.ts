import { fileURLToPath, pathToFileURL } from 'node:url';
import { TesseraError } from '@tessera/domain';

/** Absolute path of a `file:///…` or `file://localhost/…` URI, percent-escapes undone, `..` resolved. */
export function parseFileUri(uri: string): string {
  let url: URL;
  try {
    url = new URL(uri);
  } catch {
    throw new TesseraError('invalid_argument', 'A file must be named by a URI such as "file://localhost/folder/name".');
  }
  if (url.protocol !== 'file:') throw new TesseraError('invalid_argument', 'Only "file:" URIs name files.');
  // WHATWG URL drops the host "localhost"; any other one means another machine's files.
  if (url.host !== '') throw new TesseraError('permission_denied', 'Only files of this host can be read: use "file://localhost/…".');
  try {
    const path = fileURLToPath(url);
    if (!path.includes('\0')) return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  } catch (error) {
    // Files may have such names, but a URI cannot tell them from broken ones.
    if ((error as Error).name === 'URIError') throw new TesseraError('permission_denied', 'A file whose name is not UTF-8 cannot be opened. Rename it.');
    // An escaped slash: no path that we make has one.
  }
  throw new TesseraError('permission_denied', 'The file URI contains an escape that no file name has.');
}

/** The URI by which files are known here: `file://localhost` + percent-encoded absolute path, no trailing slash. */
export function formatFileUri(path: string): string {
  const { pathname } = pathToFileURL(path);
  return `file://localhost${pathname.length > 1 && pathname.endsWith('/') ? pathname.slice(0, -1) : pathname}`;
}

/** URI of an entry of a folder: its name percent-encoded as `formatFileUri` does. */
export function childUri(folderUri: string, name: string): string {
  const encoded = pathToFileURL(`/${name}`).pathname;
  return `${folderUri.endsWith('/') ? folderUri.slice(0, -1) : folderUri}${encoded}`;
}

/** Name of the file or folder that a URI ends in, escapes undone. */
export function uriName(uri: string): string {
  const trimmed = uri.endsWith('/') ? uri.slice(0, -1) : uri;
  const last = trimmed.slice(trimmed.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
