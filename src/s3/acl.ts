/** Reads and sets access control lists of object versions; setting one makes no new version (trap 14). */
import { GetObjectAclCommand, PutObjectAclCommand } from '@aws-sdk/client-s3';
import type { Grant, Grantee, S3Client } from '@aws-sdk/client-s3';
import { abortable } from './call-options.ts';
import type { CallOptions } from './call-options.ts';
import { mapS3Errors } from './errors.ts';
import { objectInput } from './head.ts';
import type { ObjectRef } from './types.ts';

export interface Acl {
  /** Canonical user id. */
  ownerId: string;
  grants: AclGrant[];
}

export interface AclGrant {
  type: 'CanonicalUser' | 'Group' | 'AmazonCustomerByEmail';
  /** By type: canonical user id, URI, e-mail address. */
  grantee: string;
  /** `FULL_CONTROL`, `READ`, `READ_ACP`, `WRITE_ACP`. */
  permission: string;
}

/** Throws where there is no such version. */
export async function getAcl(client: S3Client, object: ObjectRef, options: CallOptions = {}): Promise<Acl> {
  const answer = await mapS3Errors({ client, ...object, operation: 'GetObjectAcl' }, options.signal, () =>
    client.send(new GetObjectAclCommand(objectInput(object)), abortable(options)),
  );
  return { ownerId: answer.Owner?.ID ?? '', grants: (answer.Grants ?? []).map(toGrant) };
}

/** Replaces the ACL of a version. The owner has to be the one that the version has. */
export async function putAcl(
  client: S3Client,
  object: ObjectRef,
  { ownerId, grants }: Acl,
  options: CallOptions = {},
): Promise<void> {
  const policy = { Owner: { ID: ownerId }, Grants: grants.map(fromGrant) };
  await mapS3Errors({ client, ...object, operation: 'PutObjectAcl' }, options.signal, () =>
    client.send(
      new PutObjectAclCommand({ ...objectInput(object), AccessControlPolicy: policy }),
      abortable(options),
    ),
  );
}

function toGrant({ Grantee: grantee, Permission: permission }: Grant): AclGrant {
  const { ID, URI, EmailAddress } = grantee ?? {};
  const type = ID !== undefined ? 'CanonicalUser' : URI !== undefined ? 'Group' : 'AmazonCustomerByEmail';
  return { type, grantee: ID ?? URI ?? EmailAddress ?? '', permission: permission ?? '' };
}

function fromGrant({ type, grantee, permission }: AclGrant): Grant {
  const named = { CanonicalUser: 'ID', Group: 'URI', AmazonCustomerByEmail: 'EmailAddress' } as const;
  const Grantee: Grantee = { Type: type, [named[type]]: grantee };
  return { Grantee, Permission: permission as NonNullable<Grant['Permission']> };
}
