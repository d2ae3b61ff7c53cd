/** Segments are keys. No key has a slash, so that several of them may also come as one segment. */
export function pathOfSegments(segments: readonly string[]): string[] {
  return segments.flatMap((segment) => segment.split('/')).filter((key) => key !== '');
}
