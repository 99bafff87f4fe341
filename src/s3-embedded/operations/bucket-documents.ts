/** Lifecycle, replication and policy: kept and given back as they came, never carried out. */
import { emptyAnswer, xmlAnswer } from '../http/answer.ts';
import { S3Error } from '../s3-error.ts';
import type { S3ErrorCode } from '../s3-error.ts';
import { parseXml } from '../xml.ts';
import type { Handler } from './call.ts';

type Kind = 'lifecycle' | 'replication' | 'policy';

const WHEN_MISSING: Record<Kind, { code: S3ErrorCode; message: string }> = {
  lifecycle: { code: 'NoSuchLifecycleConfiguration', message: 'The lifecycle configuration does not exist' },
  replication: {
    code: 'ReplicationConfigurationNotFoundError',
    message: 'The replication configuration was not found',
  },
  policy: { code: 'NoSuchBucketPolicy', message: 'The bucket policy does not exist' },
};

export function getDocument(kind: Kind): Handler {
  return (call, { store }) => {
    const text = store.bucket(call.bucket).settings.documents.get(kind);
    if (text === undefined) {
      const { code, message } = WHEN_MISSING[kind];
      throw new S3Error(code, message, { elements: { BucketName: call.bucket } });
    }
    return xmlAnswer(text, kind === 'policy' ? { 'content-type': 'application/json' } : {});
  };
}

export function putDocument(kind: Kind): Handler {
  return (call, { store }) => {
    const { settings } = store.bucket(call.bucket);
    const text = call.body.toString('utf8');
    if (kind !== 'policy') parseXml(text);
    if (kind === 'replication' && settings.versioning !== 'Enabled') {
      throw new S3Error(
        'InvalidRequest',
        "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
      );
    }
    settings.documents.set(kind, text);
    return emptyAnswer(kind === 'policy' ? 204 : 200);
  };
}

export function deleteDocument(kind: Kind): Handler {
  return (call, { store }) => {
    store.bucket(call.bucket).settings.documents.delete(kind);
    return emptyAnswer(204);
  };
}
