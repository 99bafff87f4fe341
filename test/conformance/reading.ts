/** Ranges, conditional reads and conditional writes. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import type { GetObjectCommandInput } from '@aws-sdk/client-s3';
import { failure } from './server.ts';
import type { ServerUnderTest } from './server.ts';

const BODY = '0123456789';
const OTHER_ETAG = '"00000000000000000000000000000000"';

export function readingChecks(server: ServerUnderTest): void {
  const { client } = server;

  describe('reading', () => {
    let bucket = '';
    before(async () => {
      bucket = await server.createBucket();
      await server.put(bucket, 'k', BODY);
    });
    const get = (input: Partial<GetObjectCommandInput>) =>
      client.send(new GetObjectCommand({ Bucket: bucket, Key: 'k', ...input }));

    for (const [range, expected, contentRange] of [
      ['bytes=0-0', '0', 'bytes 0-0/10'],
      ['bytes=2-4', '234', 'bytes 2-4/10'],
      ['bytes=7-', '789', 'bytes 7-9/10'],
      ['bytes=-3', '789', 'bytes 7-9/10'],
      ['bytes=8-100', '89', 'bytes 8-9/10'],
      ['bytes=-100', BODY, 'bytes 0-9/10'],
    ] as const) {
      test(`range ${range}`, async () => {
        const answer = await get({ Range: range });
        assert.equal(await answer.Body?.transformToString(), expected);
        assert.equal(answer.ContentRange, contentRange);
        assert.equal(answer.$metadata.httpStatusCode, 206);
      });
    }

    test('a range past the end is refused', async () => {
      assert.deepEqual(await failure(get({ Range: 'bytes=10-' })), { code: 'InvalidRange', status: 416 });
    });

    test('conditional reads', async () => {
      const { ETag, LastModified } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }));
      const earlier = new Date((LastModified?.getTime() ?? 0) - 3_600_000);
      await get({ IfMatch: ETag });
      await get({ IfNoneMatch: OTHER_ETAG });
      await get({ IfModifiedSince: earlier });
      await get({ IfUnmodifiedSince: LastModified });
      assert.equal((await failure(get({ IfMatch: OTHER_ETAG }))).status, 412);
      assert.equal((await failure(get({ IfNoneMatch: ETag }))).status, 304);
      assert.equal((await failure(get({ IfModifiedSince: LastModified }))).status, 304);
      assert.equal((await failure(get({ IfUnmodifiedSince: earlier }))).status, 412);
    });
  });

  describe('conditional writes', () => {
    const refused = { code: 'PreconditionFailed', status: 412 };

    const ignored = server.differs('writeConditionsFailWithVersioning');

    test('If-None-Match: * writes only where there is nothing, or a delete marker', async () => {
      const bucket = await server.createBucket();
      const write = () => server.put(bucket, 'k', 'body', { IfNoneMatch: '*' });
      await write();
      if (ignored) await write();
      else assert.deepEqual(await failure(write()), refused);
      await server.delete(bucket, 'k');
      await write();
      assert.equal((await server.listAll(bucket)).versions.length, ignored ? 4 : 3);
    });

    test('If-Match writes only over that etag', async () => {
      const bucket = await server.createBucket();
      await server.put(bucket, 'k', 'one');
      const { ETag } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }));
      const write = (IfMatch: string | undefined) => server.put(bucket, 'k', 'two', { IfMatch });
      assert.deepEqual(await failure(write(OTHER_ETAG)), refused);
      if (ignored) assert.deepEqual(await failure(write(ETag)), refused);
      else await write(ETag);
      assert.equal(await server.read(bucket, 'k'), ignored ? 'one' : 'two');
    });

    test('If-Match where there is nothing is an error', async () => {
      const bucket = await server.createBucket();
      const answer = await failure(server.put(bucket, 'none', 'body', { IfMatch: OTHER_ETAG }));
      assert.equal(answer.status, ignored ? 412 : 404);
    });
  });
}
