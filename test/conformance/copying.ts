/** CopyObject: source versions, what goes along, and conditions (traps 14 to 19). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CopyObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import type { CopyObjectCommandInput } from '@aws-sdk/client-s3';
import { failure } from './server.ts';
import type { ServerUnderTest } from './server.ts';

/** Percent-encoded with the slashes kept. */
export function copySource(bucket: string, key: string, versionId?: string): string {
  const path = `${bucket}/${encodeURIComponent(key).replaceAll('%2F', '/')}`;
  return versionId === undefined ? path : `${path}?versionId=${versionId}`;
}

const ATTRIBUTES = {
  ContentType: 'text/x-thing',
  ContentDisposition: 'attachment',
  ContentEncoding: 'identity',
  ContentLanguage: 'de',
  CacheControl: 'max-age=5',
  Metadata: { colour: 'red', 'two-words': 'a b' },
  Tagging: 'team=blue&empty=',
};

export function copyingChecks(server: ServerUnderTest): void {
  const { client } = server;
  const copy = (input: CopyObjectCommandInput) => client.send(new CopyObjectCommand(input));
  const head = (Bucket: string, Key: string) => client.send(new HeadObjectCommand({ Bucket, Key }));
  const tags = async (Bucket: string, Key: string, VersionId?: string) => {
    const answer = await client.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId }));
    return Object.fromEntries((answer.TagSet ?? []).map(({ Key: name = '', Value }) => [name, Value]));
  };

  const setTags = (Bucket: string, Key: string, values: Record<string, string>, VersionId?: string) => {
    const TagSet = Object.entries(values).map(([Name, Value]) => ({ Key: Name, Value }));
    return client.send(new PutObjectTaggingCommand({ Bucket, Key, VersionId, Tagging: { TagSet } }));
  };

  describe('CopyObject', () => {
    test('of an older version, by its id, between buckets', async () => {
      const [source, destination] = [await server.createBucket(), await server.createBucket()];
      const old = await server.put(source, 'a b+c/é😀', 'old');
      await server.put(source, 'a b+c/é😀', 'new');
      const answer = await copy({
        Bucket: destination,
        Key: 'copy',
        CopySource: copySource(source, 'a b+c/é😀', old),
      });
      const quote = server.differs('copyEtagHasNoQuotes') ? '' : '"';
      assert.equal(answer.CopyObjectResult?.ETag, `${quote}149603e6c03516362a8da23f624db945${quote}`);
      const made = (await server.listAll(destination)).versions[0]?.versionId;
      const named = server.differs('copyNamesNoVersionId') ? [undefined, undefined] : [made, old];
      assert.deepEqual([answer.VersionId, answer.CopySourceVersionId], named);
      assert.equal(await server.read(destination, 'copy'), 'old');
    });

    test('of an older version over its own key makes it the current one', async () => {
      const bucket = await server.createBucket();
      const old = await server.put(bucket, 'k', 'old');
      await server.put(bucket, 'k', 'new');
      await copy({ Bucket: bucket, Key: 'k', CopySource: copySource(bucket, 'k', old) });
      assert.equal(await server.read(bucket, 'k'), 'old');
      assert.equal((await server.listAll(bucket)).versions.length, 3);
    });

    test('headers, metadata and tags go along', async () => {
      const bucket = await server.createBucket();
      await server.put(bucket, 'k', 'body', ATTRIBUTES);
      await copy({ Bucket: bucket, Key: 'copy', CopySource: copySource(bucket, 'k') });
      const copied = await head(bucket, 'copy');
      const { Metadata, Tagging: _, ...headers } = ATTRIBUTES;
      for (const [name, value] of Object.entries(headers))
        assert.equal(copied[name as keyof typeof headers], value);
      assert.deepEqual(copied.Metadata, Metadata);
      assert.deepEqual(await tags(bucket, 'copy'), { team: 'blue', empty: '' });
    });

    test('metadata REPLACE takes the new headers and metadata only; tags still go along', async () => {
      const bucket = await server.createBucket();
      await server.put(bucket, 'k', 'body', ATTRIBUTES);
      await copy({
        Bucket: bucket,
        Key: 'copy',
        CopySource: copySource(bucket, 'k'),
        MetadataDirective: 'REPLACE',
        Metadata: { size: 'big' },
        ContentType: 'text/other',
      });
      const copied = await head(bucket, 'copy');
      assert.deepEqual(copied.Metadata, { size: 'big' });
      assert.equal(copied.ContentType, 'text/other');
      assert.equal(copied.CacheControl, undefined);
      const together = server.differs('copyDirectivesRuleTagsTogether');
      assert.deepEqual(await tags(bucket, 'copy'), together ? {} : { team: 'blue', empty: '' });
    });

    test('tagging REPLACE takes the new tags; metadata still goes along', async () => {
      const bucket = await server.createBucket();
      await server.put(bucket, 'k', 'body', ATTRIBUTES);
      await copy({
        Bucket: bucket,
        Key: 'copy',
        CopySource: copySource(bucket, 'k'),
        TaggingDirective: 'REPLACE',
        Tagging: 'only=this',
      });
      const kept = server.differs('copyDirectivesRuleTagsTogether')
        ? { team: 'blue', empty: '' }
        : { only: 'this' };
      assert.deepEqual(await tags(bucket, 'copy'), kept);
      assert.deepEqual((await head(bucket, 'copy')).Metadata, ATTRIBUTES.Metadata);
    });

    test('both REPLACE: new metadata and new tags', async () => {
      const bucket = await server.createBucket();
      await server.put(bucket, 'k', 'body', ATTRIBUTES);
      await copy({
        Bucket: bucket,
        Key: 'copy',
        CopySource: copySource(bucket, 'k'),
        MetadataDirective: 'REPLACE',
        Metadata: { size: 'big' },
        TaggingDirective: 'REPLACE',
        Tagging: 'only=this',
      });
      assert.deepEqual((await head(bucket, 'copy')).Metadata, { size: 'big' });
      assert.deepEqual(
        await tags(bucket, 'copy'),
        server.differs('tagsOfRequestAreLost') ? {} : { only: 'this' },
      );
      await setTags(bucket, 'copy', { set: 'after' });
      assert.deepEqual(await tags(bucket, 'copy'), { set: 'after' });
    });

    test('onto itself without a change is refused', async () => {
      const bucket = await server.createBucket();
      await server.put(bucket, 'k', 'body');
      const request = copy({ Bucket: bucket, Key: 'k', CopySource: copySource(bucket, 'k') });
      assert.deepEqual(await failure(request), { code: 'InvalidRequest', status: 400 });
    });

    test('onto itself with new metadata is a version with the same etag (trap 14)', async () => {
      const bucket = await server.createBucket();
      await server.put(bucket, 'k', 'body');
      await copy({
        Bucket: bucket,
        Key: 'k',
        CopySource: copySource(bucket, 'k'),
        MetadataDirective: 'REPLACE',
        Metadata: { changed: 'yes' },
      });
      const { versions } = await server.listAll(bucket);
      assert.equal(versions.length, 2);
      assert.equal(versions[0]?.etag, versions[1]?.etag);
    });

    test('copy-source conditions', async () => {
      const bucket = await server.createBucket();
      await server.put(bucket, 'k', 'body');
      const { ETag, LastModified } = await head(bucket, 'k');
      const before = new Date((LastModified?.getTime() ?? 0) - 3_600_000);
      const CopySource = copySource(bucket, 'k');
      const onto = (condition: Partial<CopyObjectCommandInput>) =>
        copy({ Bucket: bucket, Key: 'copy', CopySource, ...condition });
      await onto({ CopySourceIfMatch: ETag });
      await onto({ CopySourceIfNoneMatch: '"00000000000000000000000000000000"' });
      await onto({ CopySourceIfModifiedSince: before });
      for (const condition of [
        { CopySourceIfMatch: '"00000000000000000000000000000000"' },
        { CopySourceIfNoneMatch: ETag },
        { CopySourceIfUnmodifiedSince: before },
      ]) {
        if (server.differs('copyConditionsAreIgnored')) await onto(condition);
        else assert.deepEqual(await failure(onto(condition)), { code: 'PreconditionFailed', status: 412 });
      }
    });

    test('sources that are not there', async () => {
      const bucket = await server.createBucket();
      await server.put(bucket, 'k', 'body');
      const marker = await server.delete(bucket, 'k');
      const from = (CopySource: string) => failure(copy({ Bucket: bucket, Key: 'copy', CopySource }));
      assert.deepEqual(await from(copySource(bucket, 'none')), { code: 'NoSuchKey', status: 404 });
      assert.deepEqual(await from(copySource(bucket, 'k')), { code: 'NoSuchKey', status: 404 });
      assert.deepEqual(await from(copySource('no-such-bucket-here', 'k')), {
        code: 'NoSuchBucket',
        status: 404,
      });
      const ofMarker = server.differs('missingVersionsAreMissingKeys')
        ? { code: 'NoSuchKey', status: 404 }
        : { code: 'InvalidRequest', status: 400 };
      assert.deepEqual(await from(copySource(bucket, 'k', marker)), ofMarker);
    });
  });

  describe('tags', () => {
    test('belong to a version, and change without a new one (trap 14)', async () => {
      const bucket = await server.createBucket();
      const first = await server.put(bucket, 'k', '1', { Tagging: 'n=1' });
      await server.put(bucket, 'k', '2', { Tagging: 'n=2' });
      await setTags(bucket, 'k', { n: 'changed & <odd>' }, first);
      assert.deepEqual(await tags(bucket, 'k', first), { n: 'changed & <odd>' });
      assert.deepEqual(await tags(bucket, 'k'), { n: '2' });
      assert.equal((await server.listAll(bucket)).versions.length, 2);
    });
  });
}
