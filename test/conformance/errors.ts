/** Error codes of what is missing, and of wrong credentials. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketReplicationCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3';
import { TEST_CREDENTIALS, testClient } from '../support/embedded.ts';
import { uniqueBucketName } from '../support/test-bucket.ts';
import { failure } from './server.ts';
import type { ServerUnderTest } from './server.ts';

export function errorChecks(server: ServerUnderTest, endpoint: string): void {
  const { client } = server;
  const missing = 'no-such-bucket-anywhere';

  describe('errors', () => {
    test('missing buckets', async () => {
      const expected = { code: 'NoSuchBucket', status: 404 };
      assert.deepEqual(await failure(server.listPage(missing)), expected);
      assert.deepEqual(await failure(server.put(missing, 'k')), expected);
      assert.deepEqual(await failure(server.read(missing, 'k')), expected);
      const head = await failure(client.send(new HeadBucketCommand({ Bucket: missing })));
      assert.equal(head.status, 404);
    });

    test('missing keys and versions', async () => {
      const bucket = await server.createBucket();
      const id = await server.put(bucket, 'k', 'body');
      const gone = await server.put(bucket, 'k', 'gone');
      await server.delete(bucket, 'k', gone);
      assert.deepEqual(await failure(server.read(bucket, 'none')), { code: 'NoSuchKey', status: 404 });
      const missingVersion = server.differs('missingVersionsAreMissingKeys') ? 'NoSuchKey' : 'NoSuchVersion';
      assert.deepEqual(await failure(server.read(bucket, 'k', gone)), { code: missingVersion, status: 404 });
      assert.deepEqual(await failure(server.read(bucket, 'other', id)), {
        code: missingVersion,
        status: 404,
      });
      const head = await failure(client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'none' })));
      assert.equal(head.status, 404);
    });

    test('wrong credentials', async () => {
      const attempt = async (credentials: typeof TEST_CREDENTIALS) => {
        const stranger = testClient(endpoint, { credentials });
        const answer = await failure(stranger.send(new ListBucketsCommand({})));
        stranger.destroy();
        return answer;
      };
      assert.deepEqual(await attempt({ ...TEST_CREDENTIALS, accessKeyId: 'nobody' }), {
        code: 'InvalidAccessKeyId',
        status: 403,
      });
      assert.deepEqual(await attempt({ ...TEST_CREDENTIALS, secretAccessKey: 'wrong' }), {
        code: 'SignatureDoesNotMatch',
        status: 403,
      });
    });

    test('a bucket with versions cannot be deleted, markers included', async () => {
      const bucket = await server.createBucket();
      const marker = await server.delete(bucket, 'k');
      const remove = () => client.send(new DeleteBucketCommand({ Bucket: bucket }));
      assert.deepEqual(await failure(remove()), { code: 'BucketNotEmpty', status: 409 });
      await server.delete(bucket, 'k', marker);
      await remove();
      assert.equal((await failure(server.listPage(bucket))).code, 'NoSuchBucket');
    });

    test('bucket names that are not valid are refused', async () => {
      const create = client.send(new CreateBucketCommand({ Bucket: 'Not_Valid!' }));
      assert.deepEqual(await failure(create), { code: 'InvalidBucketName', status: 400 });
    });

    test('settings that are not there', async () => {
      const Bucket = await server.createBucket();
      const lifecycle = await failure(client.send(new GetBucketLifecycleConfigurationCommand({ Bucket })));
      assert.deepEqual(lifecycle, { code: 'NoSuchLifecycleConfiguration', status: 404 });
      const replication = client.send(new GetBucketReplicationCommand({ Bucket }));
      if (server.differs('missingReplicationIsEmpty')) {
        assert.deepEqual((await replication).ReplicationConfiguration?.Rules ?? [], []);
      } else {
        const expected = { code: 'ReplicationConfigurationNotFoundError', status: 404 };
        assert.deepEqual(await failure(replication), expected);
      }
      const policy = await failure(client.send(new GetBucketPolicyCommand({ Bucket })));
      assert.deepEqual(policy, { code: 'NoSuchBucketPolicy', status: 404 });
    });

    test('a lifecycle configuration is given back (trap 11)', async () => {
      const Bucket = await server.createBucket();
      const rule = {
        ID: 'expire',
        Status: 'Enabled' as const,
        Filter: { Prefix: 'logs/' },
        NoncurrentVersionExpiration: { NoncurrentDays: 30 },
      };
      await client.send(
        new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [rule] } }),
      );
      const answer = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
      assert.deepEqual(answer.Rules, [rule]);
    });

    test('buckets are listed, and have a location', async () => {
      const Bucket = await server.createBucket();
      const { Buckets } = await client.send(new ListBucketsCommand({}));
      assert.ok(Buckets?.some(({ Name }) => Name === Bucket));
      const { LocationConstraint } = await client.send(new GetBucketLocationCommand({ Bucket }));
      assert.equal(LocationConstraint ?? '', server.differs('namesItsZoneAsLocation') ? 'default' : '');
      assert.equal(
        (await failure(client.send(new GetBucketLocationCommand({ Bucket: uniqueBucketName() })))).status,
        404,
      );
    });
  });
}
