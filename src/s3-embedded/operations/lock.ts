/** Object Lock: retention, legal hold, and what they forbid (trap 13). */
import { emptyAnswer, xmlAnswer } from '../http/answer.ts';
import type { Answer } from '../http/answer.ts';
import { header } from '../http/request.ts';
import { existingObject } from '../model/store.ts';
import type { ObjectVersion } from '../model/version.ts';
import { S3Error } from '../s3-error.ts';
import { child, childText, document, element, parseXml } from '../xml.ts';
import { checkRetention } from './attributes.ts';
import type { Call, Context } from './call.ts';

/** @throws S3Error AccessDenied */
export function assertUnlocked(version: ObjectVersion, bypassGovernance: boolean, nowMs: number): void {
  const { retention, legalHold } = version;
  const isRetained =
    retention !== undefined &&
    nowMs < retention.untilMs &&
    !(retention.mode === 'GOVERNANCE' && bypassGovernance);
  if (isRetained || legalHold === true) {
    throw new S3Error('AccessDenied', 'Access Denied because object protected by object lock.');
  }
}

export function putObjectRetention(call: Call, { store }: Context): Answer {
  assertLockEnabled(call, store.bucket(call.bucket).settings.objectLock);
  const version = store.writableVersion(call.bucket, call.key, call.query.get('versionId'));
  const wanted = parseXml(call.body.toString('utf8'));
  const retention = checkRetention(childText(wanted, 'Mode'), childText(wanted, 'RetainUntilDate'));
  const present = version.retention;
  const isWeaker =
    present !== undefined &&
    (retention.untilMs < present.untilMs ||
      (present.mode === 'COMPLIANCE' && retention.mode !== 'COMPLIANCE'));
  if (isWeaker) {
    const bypass = header(call, 'x-amz-bypass-governance-retention') === 'true';
    assertUnlocked({ ...version, legalHold: undefined }, bypass, call.nowMs);
  }
  version.retention = retention;
  return emptyAnswer(200);
}

export function getObjectRetention(call: Call, { store }: Context): Answer {
  const { retention } = lockedVersion(call, { store });
  if (retention === undefined) throw notLocked();
  const until = new Date(retention.untilMs).toISOString();
  return xmlAnswer(
    document('Retention', element('Mode', retention.mode) + element('RetainUntilDate', until)),
  );
}

export function putObjectLegalHold(call: Call, { store }: Context): Answer {
  assertLockEnabled(call, store.bucket(call.bucket).settings.objectLock);
  const version = store.writableVersion(call.bucket, call.key, call.query.get('versionId'));
  const status = childText(parseXml(call.body.toString('utf8')), 'Status');
  if (status !== 'ON' && status !== 'OFF') throw new S3Error('MalformedXML', 'Status must be ON or OFF');
  version.legalHold = status === 'ON';
  return emptyAnswer(200);
}

export function getObjectLegalHold(call: Call, { store }: Context): Answer {
  const { legalHold } = lockedVersion(call, { store });
  if (legalHold === undefined) throw notLocked();
  return xmlAnswer(document('LegalHold', element('Status', legalHold ? 'ON' : 'OFF')));
}

export function putObjectLockConfiguration(call: Call, { store }: Context): Answer {
  const { settings } = store.writableBucket(call.bucket);
  if (settings.versioning !== 'Enabled') {
    throw new S3Error(
      'InvalidBucketState',
      "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
    );
  }
  const rule = child(parseXml(call.body.toString('utf8')), 'Rule');
  const wanted = rule && child(rule, 'DefaultRetention');
  settings.objectLock = {};
  if (wanted === undefined) return emptyAnswer(200);
  const years = Number(childText(wanted, 'Years') ?? 0);
  const days = Number(childText(wanted, 'Days') ?? years * 365);
  const mode = childText(wanted, 'Mode');
  if (!(days > 0))
    throw new S3Error('InvalidRetentionPeriod', 'The retention period must be a positive number');
  if (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') throw new S3Error('MalformedXML', 'Unknown mode');
  settings.objectLock = { defaultRetention: { mode, days } };
  return emptyAnswer(200);
}

export function getObjectLockConfiguration(call: Call, { store }: Context): Answer {
  const { objectLock } = store.bucket(call.bucket).settings;
  if (objectLock === undefined) {
    throw new S3Error(
      'ObjectLockConfigurationNotFoundError',
      'Object Lock configuration does not exist for this bucket',
    );
  }
  const retention = objectLock.defaultRetention;
  const rule =
    retention === undefined
      ? ''
      : `<Rule><DefaultRetention>${element('Mode', retention.mode)}${element('Days', retention.days)}</DefaultRetention></Rule>`;
  return xmlAnswer(document('ObjectLockConfiguration', element('ObjectLockEnabled', 'Enabled') + rule));
}

function lockedVersion(call: Call, { store }: Pick<Context, 'store'>): ObjectVersion {
  const bucket = store.bucket(call.bucket);
  assertLockEnabled(call, bucket.settings.objectLock);
  const versionId = call.query.get('versionId');
  const versions = bucket.versionsOf(call.key);
  const version = versionId === undefined ? versions?.at(0) : versions?.find(versionId);
  return existingObject(version, call.key, versionId);
}

function assertLockEnabled(call: Call, objectLock: object | undefined): void {
  if (objectLock !== undefined) return;
  throw new S3Error('InvalidRequest', 'Bucket is missing Object Lock Configuration', {
    elements: { BucketName: call.bucket },
  });
}

function notLocked(): S3Error {
  return new S3Error(
    'NoSuchObjectLockConfiguration',
    'The specified object does not have a ObjectLock configuration',
  );
}
