import { formatNodePath, type NodePath, type Structure } from '@tessera/domain';

/** Links of a node; `{0}` and `{index}` are for the client to fill in. `base` ends in `/api/v1`. */
export function nodeLinks(base: string, path: NodePath, structure: Structure): Record<string, string> {
  const at = formatNodePath(path);
  const self = `${base}/metadata/${at}`;
  switch (structure.family) {
    case 'container':
      return { self, search: `${base}/search/${at}`, full: `${base}/container/full/${at}` };
    case 'array':
      return arrayLinks(base, path, structure.array.shape.length);
    case 'sparse':
      return arrayLinks(base, path, structure.sparse.shape.length);
    case 'table':
      return { self, full: `${base}/table/full/${at}`, partition: `${base}/table/partition/${at}?partition={index}` };
    case 'bytes':
      return { self };
  }
}

export function arrayLinks(base: string, path: NodePath, axisCount: number): Record<string, string> {
  const at = formatNodePath(path);
  const axes = Array.from({ length: axisCount }, (_, axis) => `{${axis}}`).join(',');
  return { self: `${base}/metadata/${at}`, full: `${base}/array/full/${at}`, block: `${base}/array/block/${at}?block=${axes}` };
}

/** The link of a node that is listed by key only. */
export function selfLink(base: string, path: NodePath): Record<string, string> {
  return { self: `${base}/metadata/${formatNodePath(path)}` };
}
