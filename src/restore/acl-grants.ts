/** When two access control lists are the same, and what one becomes on an object of another owner. */
import type { Acl } from '../s3/open-bucket.ts';

/** What every new object has: the owner's full control, and nothing else. */
export function isDefaultAcl({ ownerId, grants }: Acl): boolean {
  const [first] = grants;
  return grants.length === 1 && first?.grantee === ownerId && first.permission === 'FULL_CONTROL';
}

/** The same grants for an object of another owner: an object cannot be given away, and its owner must not lose it. */
export function ownedBy(ownerId: string, acl: Acl): Acl {
  const grants = acl.grants.map((grant) =>
    grant.grantee === acl.ownerId ? { ...grant, grantee: ownerId } : grant,
  );
  return { ownerId, grants };
}

/** Whether both grant the same, each as seen by its own owner; the order of grants says nothing. */
export function isEqualAcl(a: Acl, b: Acl): boolean {
  const namesOf = (acl: Acl): string =>
    JSON.stringify([...new Set(acl.grants.map((grant) => JSON.stringify(Object.values(grant))))].sort());
  return namesOf(a) === namesOf(ownedBy(a.ownerId, b));
}
