/** Multipart uploads and part copies (traps 1, 15, 18). */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { copySource } from './copying.ts';
import { failure } from './server.ts';
import type { ServerUnderTest } from './server.ts';

const PART_BYTES = 5 * 1024 * 1024;
const firstPart = Buffer.alloc(PART_BYTES, 'first part ');
const lastPart = Buffer.from('the end');
const etagOf = (...parts: Buffer[]) => {
  const md5s = parts.map((part) => createHash('md5').update(part).digest());
  return `"${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-${parts.length}"`;
};

export function multipartChecks(server: ServerUnderTest): void {
  const { client } = server;

  const create = async (Bucket: string, Key: string) => {
    const answer = await client.send(
      new CreateMultipartUploadCommand({
        Bucket,
        Key,
        ContentType: 'text/x-thing',
        Metadata: { colour: 'red' },
        Tagging: 'team=blue',
      }),
    );
    assert.ok(answer.UploadId);
    return { Bucket, Key, UploadId: answer.UploadId };
  };
  type Upload = Awaited<ReturnType<typeof create>>;
  const upload = async (target: Upload, PartNumber: number, Body: Buffer) => {
    const { ETag } = await client.send(new UploadPartCommand({ ...target, PartNumber, Body }));
    return { PartNumber, ETag };
  };
  const complete = (target: Upload, Parts: { PartNumber: number; ETag: string | undefined }[]) =>
    client.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts } }));

  const completionEtag = (etag: string) => (server.differs('completionNamesNoEtag') ? '' : etag);

  describe('multipart', () => {
    test('the parts make one object, with the etag of the parts and the attributes of its creation', async () => {
      const bucket = await server.createBucket();
      const target = await create(bucket, 'k');
      const parts = [await upload(target, 1, firstPart), await upload(target, 7, lastPart)];
      const listed = await client.send(new ListPartsCommand(target));
      assert.deepEqual(
        listed.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size]),
        [
          [1, PART_BYTES],
          [7, lastPart.length],
        ],
      );
      const answer = await complete(target, parts);
      assert.equal(answer.ETag, completionEtag(etagOf(firstPart, lastPart)));
      assert.ok(answer.VersionId);
      const got = await client.send(new GetObjectCommand({ Bucket: bucket, Key: 'k' }));
      assert.equal(got.ContentType, 'text/x-thing');
      assert.deepEqual(got.Metadata, { colour: 'red' });
      assert.equal(got.ETag, etagOf(firstPart, lastPart));
      const { TagSet = [] } = await client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: 'k' }));
      assert.deepEqual(
        TagSet,
        server.differs('tagsOfRequestAreLost') ? [] : [{ Key: 'team', Value: 'blue' }],
      );
      const body = Buffer.from((await got.Body?.transformToByteArray()) ?? []);
      assert.ok(body.equals(Buffer.concat([firstPart, lastPart])));
    });

    test('it is as old as its initiation, and stands there among the versions (trap 1)', async () => {
      const bucket = await server.createBucket();
      const target = await create(bucket, 'k');
      const initiatedMs = Date.now();
      await new Promise((resolve) => setTimeout(resolve, 2100));
      const put = await server.put(bucket, 'k', 'put in between');
      const { VersionId } = await complete(target, [await upload(target, 1, lastPart)]);
      const { versions } = await server.listAll(bucket);
      const multipartFirst = server.differs('multipartIsAsOldAsItsCompletion');
      assert.deepEqual(
        versions.map(({ versionId }) => versionId),
        multipartFirst ? [VersionId, put] : [put, VersionId],
      );
      const listedMs = Date.parse(
        versions.find(({ versionId }) => versionId === VersionId)?.lastModified ?? '',
      );
      assert.equal(listedMs <= initiatedMs + 1000, !multipartFirst);
    });

    test('part copy, of a range and of a version', async () => {
      const bucket = await server.createBucket();
      const source = await server.put(bucket, 'source', 'x'.repeat(PART_BYTES) + 'tail');
      await server.put(bucket, 'source', 'something else');
      const target = await create(bucket, 'k');
      const CopySource = copySource(bucket, 'source', source);
      const ranges = [`bytes=0-${PART_BYTES - 1}`, `bytes=${PART_BYTES}-${PART_BYTES + 3}`];
      const parts = [];
      for (const [i, CopySourceRange] of ranges.entries()) {
        const answer = await client.send(
          new UploadPartCopyCommand({ ...target, PartNumber: i + 1, CopySource, CopySourceRange }),
        );
        parts.push({ PartNumber: i + 1, ETag: answer.CopyPartResult?.ETag });
      }
      const { ETag } = await complete(target, parts);
      const expected = etagOf(Buffer.alloc(PART_BYTES, 'x'), Buffer.from('tail'));
      assert.equal(ETag, completionEtag(expected));
      const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }));
      assert.equal(head.ContentLength, PART_BYTES + 4);
      assert.equal(head.ETag, expected);
    });

    test('a small part that is not the last is refused', async () => {
      const bucket = await server.createBucket();
      const target = await create(bucket, 'k');
      const parts = [await upload(target, 1, lastPart), await upload(target, 2, lastPart)];
      assert.deepEqual(await failure(complete(target, parts)), { code: 'EntityTooSmall', status: 400 });
    });

    test('wrong parts are refused', async () => {
      const bucket = await server.createBucket();
      const target = await create(bucket, 'k');
      const part = await upload(target, 1, lastPart);
      const wrongEtag = { PartNumber: 1, ETag: '"00000000000000000000000000000000"' };
      assert.equal((await failure(complete(target, [wrongEtag]))).code, 'InvalidPart');
      assert.equal((await failure(complete(target, [part, { ...part, PartNumber: 2 }]))).code, 'InvalidPart');
    });

    test('uploads are listed until they are aborted', async () => {
      const bucket = await server.createBucket();
      const target = await create(bucket, 'k');
      const list = async () => {
        const answer = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
        return (answer.Uploads ?? []).map(({ Key, UploadId }) => ({ Bucket: bucket, Key, UploadId }));
      };
      assert.deepEqual(await list(), [target]);
      await client.send(new AbortMultipartUploadCommand(target));
      assert.deepEqual(await list(), []);
      const part = client.send(new UploadPartCommand({ ...target, PartNumber: 1, Body: lastPart }));
      assert.deepEqual(await failure(part), { code: 'NoSuchUpload', status: 404 });
    });
  });
}
