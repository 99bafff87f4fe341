/** Archived versions: RestoreObject, and who may read (trap 20). */
import { emptyAnswer } from '../http/answer.ts';
import type { Answer } from '../http/answer.ts';
import type { ListedFields } from '../model/version.ts';
import { S3Error } from '../s3-error.ts';
import { childText, parseXml } from '../xml.ts';
import type { Call, Context } from './call.ts';

const DAY_MS = 86_400_000;

export function isArchived(version: ListedFields): boolean {
  return version.storageClass === 'GLACIER' || version.storageClass === 'DEEP_ARCHIVE';
}

/** @throws S3Error InvalidObjectState */
export function assertReadable(version: ListedFields, nowMs: number): void {
  if (!isArchived(version)) return;
  const { thaw } = version;
  if (thaw !== undefined && nowMs >= thaw.readyMs && nowMs < thaw.expiryMs) return;
  throw new S3Error('InvalidObjectState', "The operation is not valid for the object's storage class", {
    elements: { StorageClass: version.storageClass },
  });
}

/** 202 when a thaw is started, 200 when the time of a thawed copy is extended. */
export function restoreObject(call: Call, { store, options }: Context): Answer {
  const version = store.writableVersion(call.bucket, call.key, call.query.get('versionId'));
  if (!isArchived(version)) {
    throw new S3Error('InvalidObjectState', "Restore is not allowed for the object's current storage class");
  }
  const days = Number(childText(parseXml(call.body.toString('utf8')), 'Days') ?? NaN);
  if (!(days >= 1)) throw new S3Error('MalformedXML', 'Days must be a positive number');
  const { thaw } = version;
  const isThawed = thaw !== undefined && call.nowMs >= thaw.readyMs && call.nowMs < thaw.expiryMs;
  if (thaw !== undefined && call.nowMs < thaw.readyMs) {
    throw new S3Error('RestoreAlreadyInProgress', 'Object restore is already in progress');
  }
  const readyMs = isThawed ? thaw.readyMs : call.nowMs + options.thawDelayMs;
  version.thaw = { readyMs, expiryMs: Math.max(readyMs, call.nowMs) + days * DAY_MS };
  return emptyAnswer(isThawed ? 200 : 202);
}
