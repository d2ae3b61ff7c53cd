// Rendezvous hashing: every process ranks the readers of a manifest alike, without talking to another;
// when a reader comes or goes, only its own manifests move.

/** FNV-1a over UTF-16 units, then a finaliser (MurmurHash3's) so that similar keys land far apart. */
function hash(text: string, seed: number): number {
  let value = seed;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

const fnvOffsetBasis = 0x811c9dc5;

/** The members in order of preference for `key`. */
export function rankMembers<Member extends { readonly address: string }>(key: string, members: readonly Member[]): Member[] {
  const keyHash = hash(key, fnvOffsetBasis);
  return members
    .map((member) => ({ member, score: hash(member.address, keyHash) }))
    .sort((a, b) => b.score - a.score || (a.member.address < b.member.address ? -1 : 1))
    .map(({ member }) => member);
}
