import type { Registration } from '@tessera/domain';

/** A commit waits for the disk, so small registrations share one; a large one would only make the others wait. */
const maxGroupNodes = 2000;
const maxGroupRegistrations = 100;

/** Neighbours in groups that are written together, in the same order. */
export function groupRegistrations(registrations: readonly Registration[]): readonly (readonly Registration[])[] {
  const groups: Registration[][] = [];
  let nodes = 0;
  for (const registration of registrations) {
    const group = groups[groups.length - 1];
    if (group && group.length < maxGroupRegistrations && nodes + registration.drafts.length <= maxGroupNodes) {
      group.push(registration);
      nodes += registration.drafts.length;
    } else {
      groups.push([registration]);
      nodes = registration.drafts.length;
    }
  }
  return groups;
}
