import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { UploadPartCommand } from '@aws-sdk/client-s3';
import type { CompletedPart } from '@aws-sdk/client-s3';
import { getTags, headVersion } from '../../../src/s3/head.ts';
import { uploadInParts, type Upload } from '../../../src/s3/multipart-upload.ts';
import { startEmbeddedS3 } from '../../../src/s3-embedded/index.ts';
import type { EmbeddedS3 } from '../../../src/s3-embedded/index.ts';
import { clientOf } from './support/canned-server.ts';

let number = 0;
let destination = { bucket: 'to', key: '' };
const object = {
  content: { headers: { 'content-type': 'text/x-test' }, metadata: { a: 'b' } },
  tags: { t: 'u' },
  placement: {},
};
let server: EmbeddedS3;
let client: ReturnType<typeof clientOf>;

before(async () => {
  server = await startEmbeddedS3();
  server.buckets.create('to');
  const credentials = { accessKeyId: 'test', secretAccessKey: 'testsecret' };
  client = clientOf({ url: server.endpoint }, { credentials });
});
beforeEach(() => {
  server.faults.clear();
  destination = { bucket: 'to', key: `large ${++number}` };
});
after(() => server.close());

async function upload(events: string[] = []) {
  const options = {
    onUpload: () => events.push('begun'),
    onUploadEnd: () => events.push('ended'),
  };
  return uploadInParts(client, { ...object, destination }, options, twoParts);
}

async function twoParts(begun: Upload): Promise<CompletedPart[]> {
  const bodies = [Buffer.alloc(5 * 1024 ** 2, 7), Buffer.from('end')];
  return Promise.all(
    bodies.map(async (Body, index) => {
      const PartNumber = index + 1;
      const { ETag } = await client.send(new UploadPartCommand({ ...begun, PartNumber, Body }));
      return { PartNumber, ETag };
    }),
  );
}

describe('uploadInParts', () => {
  for (const kind of ['reset-after', 'cut-body'] as const) {
    for (const isReplaced of [false, true]) {
      it(`knows its object after ${kind}${isReplaced ? ', also where the same was there before' : ''}`, async () => {
        const before = isReplaced ? await upload() : undefined;
        server.faults.queue({ kind, operation: 'CompleteMultipartUpload' });
        const events: string[] = [];
        const result = await upload(events);
        const head = await headVersion(client, destination);
        assert.equal(result.versionId, head?.versionId);
        assert.equal(result.etag, head?.etag);
        assert.notEqual(result.versionId, before?.versionId);
        assert.deepEqual(await getTags(client, destination), object.tags);
        assert.deepEqual(events, ['begun', 'ended']);
      });
    }
  }

  it('does not take an older object of the same content for its own where the upload is gone', async () => {
    const before = await upload();
    server.faults.add({
      kind: 'status',
      operation: 'CompleteMultipartUpload',
      code: 'NoSuchUpload',
      status: 404,
    });
    await assert.rejects(upload(), { code: 'S3_FAILED', message: /NoSuchUpload/ });
    assert.equal((await headVersion(client, destination))?.versionId, before.versionId);
  });

  it('does not take what another wrote meanwhile for its own', async () => {
    server.faults.add({
      kind: 'status',
      operation: 'CompleteMultipartUpload',
      code: 'NoSuchUpload',
      status: 404,
      matches: () => {
        server.buckets.putVersion('to', { key: destination.key, body: 'of another' });
        return true;
      },
    });
    await assert.rejects(upload(), { code: 'S3_FAILED', message: /NoSuchUpload/ });
  });
});
