// Other files that a file names: where they may be, and whether they are there.
import { pathToFileURL } from 'node:url';
import { isTesseraError, sourceOf, TesseraError, type ByteStore, type Call, type Entry, type Source } from '@tessera/domain';

/**
 * URIs under which HDF5 would look for a file named in a link (H5Lcreate_external):
 * as it is if absolute, then beside the file that names it.
 */
export function candidateUris(baseUri: string, fileName: string): string[] {
  const [, root = '', path = ''] = /^([a-z][a-z0-9+.-]*:(?:\/\/[^/]*)?)?(.*)$/is.exec(baseUri)!;
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  // Names in links are plain text, those in URIs of files and objects are escaped.
  const escape = /^(?:file|s3|https?):/i.test(root) ? escapePath : (text: string) => text;
  const beside = (name: string) => root + normalizePath(folder + escape(name));
  const name = fileName.replace(/^file:(\/\/[^/]*)?/, '');
  const isWindowsPath = /^[a-z]:[\\/]|^\\\\/i.test(name);
  if (isWindowsPath) return [beside(name.slice(Math.max(name.lastIndexOf('\\'), name.lastIndexOf('/')) + 1))];
  if (!name.startsWith('/')) return [beside(name)];
  return [root + normalizePath(escape(name)), beside(name.slice(name.lastIndexOf('/') + 1))];
}

function escapePath(path: string): string {
  const escapeSegment = (segment: string) => (/^\.{0,2}$/.test(segment) ? segment : pathToFileURL(`/${segment}`).pathname.slice(1));
  return path.split('/').map(escapeSegment).join('/');
}

function normalizePath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '.' && segment !== '') kept.push(segment);
  }
  return (path.startsWith('/') ? '/' : '') + kept.join('/');
}

/** The file, if the store has it and serves it. @throws TesseraError not_found or permission_denied with a sentence that has no path of the server. */
export async function findFile(store: ByteStore, baseUri: string, fileName: string, call?: Call): Promise<Entry> {
  const shown = fileName.slice(Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\')) + 1);
  let isForbidden = false;
  for (const uri of fileName === '' ? [] : candidateUris(baseUri, fileName)) {
    try {
      const entry = await store.stat(uri, call);
      if (entry && !entry.isDirectory) return entry;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      isForbidden ||= isTesseraError(error, 'permission_denied');
    }
  }
  if (isForbidden) throw new TesseraError('permission_denied', `The link leads to the file "${shown}" outside the folders that are served.`);
  throw new TesseraError('not_found', `The link leads to the file "${shown}", which is not there.`);
}

/** Where HDF5 would look for a file, as far as that is served: the file as it is, or that it is not there. */
export async function lookForFile(store: ByteStore, baseUri: string, fileName: string, call?: Call): Promise<readonly Source[]> {
  const sources: Source[] = [];
  for (const uri of fileName === '' || fileName === '.' ? [] : candidateUris(baseUri, fileName)) {
    try {
      const entry = await store.stat(uri, call);
      sources.push(entry ? sourceOf(entry) : { uri, isAbsent: true });
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }
  return sources;
}

/** Whether the store said no to this one URI, rather than being unable to answer. */
function isRefusal(error: unknown): boolean {
  return (['permission_denied', 'not_found', 'gone', 'invalid_argument', 'unprocessable'] as const).some((code) => isTesseraError(error, code));
}
