/** A smaller storm on a real object store. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { listAll } from '../support/bucket-oracle.ts';
import { testClient } from '../support/embedded.ts';
import { describeOnRadosgw } from '../support/radosgw.ts';
import { createTestBucket } from '../support/test-bucket.ts';
import { isWhole, storm } from './storm.ts';
import { startWatch, untilEqual, watchedFolder } from './watch-support.ts';

await describeOnRadosgw('watch on radosgw', (endpoint) => {
  test('a storm ends with the bucket equal to the directory, and no half-written file (trap 31)', async (t) => {
    const client = testClient(endpoint);
    t.after(() => client.destroy());
    const bucket = await createTestBucket(client, { prefix: 'watched' });
    const versions = async () => [...(await listAll(client, bucket)).values()].flat();
    const watched = watchedFolder(t, endpoint, bucket, async () => {
      const live = (await versions()).filter(({ isLatest, isDeleteMarker }) => isLatest && !isDeleteMarker);
      return new Map(live.map(({ key, etag }) => [key, etag]));
    });
    const watch = startWatch(t, watched, ['--yes']);
    await storm({ root: watched.root, files: 200, seed: 4 });
    await untilEqual(watched, watch);
    for (const { key, versionId, isDeleteMarker } of await versions()) {
      if (isDeleteMarker) continue;
      const object = { Bucket: bucket, Key: key, VersionId: versionId };
      const content = await (await client.send(new GetObjectCommand(object))).Body?.transformToString();
      assert.ok(isWhole(content ?? ''), `a version of ${key} is half-written`);
    }
    assert.equal((await watch.stop()).code, 143);
  });
});
