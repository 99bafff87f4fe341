import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, it } from 'node:test';
import { BackupError } from '../../../src/errors.ts';
import { bucketVersioning } from '../../../src/s3/bucket.ts';
import { createS3Client } from '../../../src/s3/client.ts';
import { s3ErrorName, toBackupError } from '../../../src/s3/errors.ts';
import { clientOf, errorBody, quickRetries, startCannedServer } from './support/canned-server.ts';

async function errorOfAnswer(status: number, code: string, message = 'm'): Promise<BackupError> {
  const server = await startCannedServer(() => ({ status, body: errorBody(code, message) }));
  try {
    return await errorOf(bucketVersioning(clientOf(server), 'pail'));
  } finally {
    await server.close();
  }
}

async function errorOf(promise: Promise<unknown>): Promise<BackupError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BackupError, inspect(error));
  return error;
}

describe('toBackupError', () => {
  const answers: [number, string, string][] = [
    [403, 'InvalidAccessKeyId', 'CREDENTIALS'],
    [403, 'SignatureDoesNotMatch', 'CREDENTIALS'],
    [400, 'ExpiredToken', 'CREDENTIALS'],
    [403, 'AccessDenied', 'ACCESS_DENIED'],
    [404, 'NoSuchBucket', 'BUCKET_MISSING'],
    [403, 'RequestTimeTooSkewed', 'S3_FAILED'],
    [400, 'InvalidRequest', 'S3_FAILED'],
    [503, 'SlowDown', 'S3_FAILED'],
  ];
  for (const [status, name, code] of answers) {
    it(`maps ${name} to ${code}, names the bucket, and says what to do`, async () => {
      const error = await errorOfAnswer(status, name);
      assert.equal(error.code, code);
      assert.match(error.message, /bucket pail/);
      assert.match(error.message, /http:\/\/127\.0\.0\.1:\d+/);
      assert.ok((error.hint ?? '').length > 20);
      assert.equal(s3ErrorName(error), name);
    });
  }

  it('names the clock as what to mend when the request time is skewed', async () => {
    assert.match((await errorOfAnswer(403, 'RequestTimeTooSkewed')).hint ?? '', /clock/);
  });

  it('names an endpoint that refuses the connection', async () => {
    const server = await startCannedServer(() => ({}));
    await server.close();
    const error = await errorOf(bucketVersioning(clientOf(server), 'pail'));
    assert.equal(error.code, 'S3_UNREACHABLE');
    assert.match(error.message, /ECONNREFUSED/);
    assert.ok(error.message.includes(server.url));
  });

  it('names an endpoint whose name does not resolve', async () => {
    const client = createS3Client({
      endpoint: 'http://nowhere.invalid',
      forcePathStyle: true,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      retry: quickRetries,
    });
    const error = await errorOf(bucketVersioning(client, 'pail'));
    assert.equal(error.code, 'S3_UNREACHABLE');
    assert.match(error.message, /nowhere\.invalid/);
  });

  it('calls an answer that is no XML a failure of the server, without the advice meant for developers', async () => {
    const server = await startCannedServer(() => ({ body: '<html>proxy login<br></html' }));
    const error = await errorOf(bucketVersioning(clientOf(server), 'pail'));
    await server.close();
    assert.equal(error.code, 'S3_FAILED');
    assert.doesNotMatch(error.message, /hidden field/);
  });

  it('keeps neither the signed request nor the string to sign', async () => {
    const secretive = `<Error><Code>SignatureDoesNotMatch</Code><Message>m</Message><AWSAccessKeyId>AKIDTEST</AWSAccessKeyId>
      <StringToSign>string-to-sign</StringToSign><SignatureProvided>signature-provided</SignatureProvided></Error>`;
    const server = await startCannedServer(() => ({ status: 403, body: secretive }));
    const error = await errorOf(bucketVersioning(clientOf(server), 'pail'));
    await server.close();
    const shown = inspect(error, { depth: 20, showHidden: true });
    for (const secret of [
      'very-secret-word',
      'AKIDTEST',
      'string-to-sign',
      'signature-provided',
      'AWS4-HMAC',
    ]) {
      assert.ok(!shown.includes(secret), secret);
    }
  });

  it('blanks signatures in messages', () => {
    const error = toBackupError(
      new Error('GET /b?X-Amz-Credential=AKID%2Fx&X-Amz-Signature=abcdef failed'),
      {},
    );
    assert.doesNotMatch(error.message, /AKID|abcdef/);
  });

  it('leaves a BackupError as it is', () => {
    const error = new BackupError('LOCKED', 'm');
    assert.equal(toBackupError(error, {}), error);
  });

  it('passes on the reason of an abort', async () => {
    const reason = new BackupError('INTERRUPTED', 'stopped');
    const controller = new AbortController();
    const server = await startCannedServer(() => {
      controller.abort(reason);
      return () => undefined;
    });
    const error = await errorOf(bucketVersioning(clientOf(server), 'pail', { signal: controller.signal }));
    await server.close();
    assert.equal(error, reason);
  });
});
