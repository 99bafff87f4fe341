/** ACLs of object versions; they change without a new version (trap 14). They are kept and given back, never enforced. */
import { emptyAnswer, xmlAnswer } from '../http/answer.ts';
import type { Answer } from '../http/answer.ts';
import { OWNER_ID } from '../model/version.ts';
import type { Bucket, Grant } from '../model/version.ts';
import { S3Error } from '../s3-error.ts';
import { child, childText, document, element, parseXml } from '../xml.ts';
import type { XmlElement } from '../xml.ts';
import { versionHeader } from './attributes.ts';
import type { Call, Context } from './call.ts';
import { readVersion } from './object-get.ts';

const OWNERS_OWN: readonly Grant[] = [{ grantee: { id: OWNER_ID }, permission: 'FULL_CONTROL' }];
const PERMISSIONS = new Set(['FULL_CONTROL', 'READ', 'WRITE', 'READ_ACP', 'WRITE_ACP']);
const MAX_GRANTS = 100;

export function getObjectAcl(call: Call, { store }: Context): Answer {
  const bucket = store.bucket(call.bucket);
  const version = readVersion(bucket, call.key, call.query.get('versionId'));
  // A bucket without ACLs still answers, with its owner's full control.
  const grants = bucket.settings.aclsDisabled === true ? OWNERS_OWN : (version.grants ?? OWNERS_OWN);
  const list = grants.map(grantElement).join('');
  const owner = `<Owner>${element('ID', OWNER_ID)}</Owner>`;
  return xmlAnswer(
    document('AccessControlPolicy', `${owner}<AccessControlList>${list}</AccessControlList>`),
    versionHeader(bucket, version),
  );
}

export function putObjectAcl(call: Call, { store }: Context): Answer {
  const bucket = store.bucket(call.bucket);
  refuseWhereDisabled(bucket);
  const version = store.writableVersion(call.bucket, call.key, call.query.get('versionId'));
  const policy = parseXml(call.body.toString('utf8'));
  const owner = child(policy, 'Owner');
  if (owner === undefined || childText(owner, 'ID') !== OWNER_ID)
    throw new S3Error('AccessDenied', 'Access Denied');
  const grants = (child(policy, 'AccessControlList')?.children ?? []).map(readGrant);
  if (grants.length > MAX_GRANTS)
    throw new S3Error('MalformedACLError', 'The XML you provided was not well-formed');
  version.grants = grants;
  return emptyAnswer(200, versionHeader(bucket, version));
}

/** "Bucket owner enforced". @throws S3Error AccessControlListNotSupported */
function refuseWhereDisabled({ settings }: Bucket): void {
  if (settings.aclsDisabled !== true) return;
  throw new S3Error('AccessControlListNotSupported', 'The bucket does not allow ACLs');
}

function grantElement({ grantee, permission }: Grant): string {
  const [type, inner] =
    'id' in grantee ? ['CanonicalUser', element('ID', grantee.id)] : ['Group', element('URI', grantee.uri)];
  return (
    `<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${type}">${inner}</Grantee>` +
    `${element('Permission', permission)}</Grant>`
  );
}

/** @throws S3Error MalformedACLError */
function readGrant(grant: XmlElement): Grant {
  const grantee = child(grant, 'Grantee');
  const id = grantee && childText(grantee, 'ID');
  const uri = grantee && childText(grantee, 'URI');
  const permission = childText(grant, 'Permission') ?? '';
  if (PERMISSIONS.has(permission)) {
    if (id !== undefined) return { grantee: { id }, permission };
    if (uri !== undefined) return { grantee: { uri }, permission };
  }
  throw new S3Error('MalformedACLError', 'The XML you provided was not well-formed');
}
