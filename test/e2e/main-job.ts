/**
 * The main job against one server, judged by brute force over the SDK's own listings: a snapshot holds what was
 * current, a restore brings back contents, metadata and tags, gc deletes exactly what only obsolete snapshots name.
 */
import assert from 'node:assert/strict';
import { CreateBucketCommand, PutBucketVersioningCommand, type S3Client } from '@aws-sdk/client-s3';
import { describe, test } from 'node:test';
import { forEachConcurrently } from '../../src/concurrency.ts';
import type { GcResult } from '../../src/gc/gc.ts';
import type { RestoreResult } from '../../src/restore/restore.ts';
import type { SnapshotResult } from '../../src/snapshot/take-snapshot.ts';
import { currentAsOf, type OracleVersion } from '../support/bucket-oracle.ts';
import { readSnapshot } from '../support/index-oracle.ts';
import { Random } from '../support/random.ts';
import type { Site } from '../support/site.ts';
import { damage, fill, keysOf, stateOf } from './data-set.ts';

export interface MainJobServer {
  client: S3Client;
  /** Master and slave in one: one versioned bucket that keeps its own history. */
  bucket: string;
  site: Site;
  keyCount: number;
  listAll: (bucket: string) => Promise<Map<string, OracleVersion[]>>;
}

export function describeMainJob(name: string, start: () => Promise<MainJobServer>): void {
  describe(`main job on ${name}`, () => {
    test('snapshot, damage, restore, snapshot, gc', { timeout: 600_000 }, async (t) => {
      const server = await start();
      const { client, bucket, site } = server;
      const random = new Random(20261121);
      await createVersionedBucket(client, bucket);
      const keys = keysOf(server.keyCount);
      await fill(client, bucket, keys);

      let first: SnapshotResult | undefined;
      await t.test('a snapshot holds exactly what was current', async () => {
        first = await site.json<SnapshotResult>(['snapshot', '--note', 'first']);
        await assertHolds(server, first);
      });
      assert.ok(first);
      const atFirst = currentAsOf(await server.listAll(bucket), Date.parse(first.asOf));

      let touched: string[] = [];
      await t.test('also while writers go on', async () => {
        const writing = damage(client, bucket, keys, random, Math.floor(server.keyCount / 10));
        const during = await site.json<SnapshotResult>(['snapshot']);
        touched = (await writing).touched;
        await assertHolds(server, during);
      });

      await t.test('and of a past moment: the same ranges as the snapshot taken then', async () => {
        const again = await site.json<SnapshotResult>(['snapshot', '--at', first?.asOf ?? '']);
        assert.equal(again.existing, true);
        assert.equal(again.snapshot, first?.snapshot);
      });

      await t.test('a dry run of a restore changes nothing', async () => {
        const before = await server.listAll(bucket);
        await site.json<RestoreResult>(['restore', first?.snapshot ?? '', '--delete-extra', '--dry-run']);
        assert.deepEqual(await server.listAll(bucket), before);
      });

      await t.test(
        'a restore brings back contents, metadata and tags, and takes away what was added',
        async () => {
          const result = await site.json<RestoreResult>(['restore', first?.snapshot ?? '', '--delete-extra']);
          assert.equal(result.failed, 0);
          assert.ok(result.copied > 0 && result.deleted > 0 && result.plan.same > server.keyCount / 2);
          await assertRestored(server, atFirst, touched);
        },
      );

      await t.test('a second restore finds nothing to do', async () => {
        const result = await site.json<RestoreResult>(['restore', first?.snapshot ?? '', '--delete-extra']);
        assert.deepEqual([result.plan.copy, result.plan.extra, result.copied, result.deleted], [0, 0, 0, 0]);
      });

      await t.test('a restore into another bucket, under a prefix, of a part', async () => {
        const other = `${bucket}-other`;
        await createVersionedBucket(client, other);
        const args = [
          'restore',
          first?.snapshot ?? '',
          '--to-bucket',
          other,
          '--to-prefix',
          'r/',
          '--prefix',
          'tree/2021',
        ];
        await site.json<RestoreResult>(args);
        const expected = [...atFirst.keys()]
          .filter((key) => key.startsWith('tree/2021'))
          .map((key) => `r/${key}`);
        assert.ok(expected.length > 0);
        assert.deepEqual([...(await server.listAll(other)).keys()].sort(), expected.sort());
      });

      await t.test('gc deletes exactly the versions that only obsolete snapshots name', async () => {
        await assertGcIsExact(server);
      });
    });
  });
}

export async function createVersionedBucket(client: S3Client, bucket: string): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  await client.send(
    new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }),
  );
}

async function assertHolds(
  { site, bucket, listAll }: MainJobServer,
  snapshot: SnapshotResult,
): Promise<void> {
  const expected = currentAsOf(await listAll(bucket), Date.parse(snapshot.asOf));
  const entries = readSnapshot(site.snapshotsDir, snapshot.snapshot);
  assert.equal(entries.length, expected.size);
  assert.equal(snapshot.keys, expected.size);
  let previousKey: Buffer | undefined;
  for (const entry of entries) {
    const wanted = expected.get(entry.key);
    assert.ok(wanted, `${JSON.stringify(entry.key)} was not current`);
    const { versionId, sizeBytes, etag } = wanted;
    assert.deepEqual(entry, { key: entry.key, versionId, sizeBytes, etag });
    const key = Buffer.from(entry.key);
    assert.ok(previousKey === undefined || Buffer.compare(previousKey, key) < 0);
    previousKey = key;
  }
}

async function assertRestored(
  { client, bucket, listAll }: MainJobServer,
  wanted: Map<string, OracleVersion>,
  touched: readonly string[],
): Promise<void> {
  const present = currentAsOf(await listAll(bucket), Infinity);
  assert.deepEqual([...present.keys()].sort(), [...wanted.keys()].sort());
  const touchedKeys = new Set(touched);
  for (const [key, version] of wanted) {
    assert.equal(present.get(key)?.etag, version.etag, key);
    if (!touchedKeys.has(key)) assert.equal(present.get(key)?.versionId, version.versionId, key);
  }
  await forEachConcurrently(touchedKeys, 32, async (key) => {
    const version = wanted.get(key);
    if (version === undefined) return;
    assert.deepEqual(
      await stateOf(client, bucket, key),
      await stateOf(client, bucket, key, version.versionId),
      key,
    );
  });
}

async function assertGcIsExact({ site, bucket, listAll }: MainJobServer): Promise<void> {
  await site.json<SnapshotResult>(['snapshot', '--note', 'last']);
  site.configure({ RetentionPolicy: { KeepLast: 1 } });
  const planned = await site.json<GcResult>(['gc', '--dry-run']);
  const named = new Map<string, Set<string>>();
  for (const name of [...planned.removed, ...planned.kept.map(({ snapshot }) => snapshot)]) {
    named.set(name, new Set(readSnapshot(site.snapshotsDir, name).map(idOf)));
  }
  const before = [...(await listAll(bucket)).values()].flat();
  const isNamed = (names: readonly string[], id: string): boolean =>
    names.some((name) => named.get(name)?.has(id));
  const kept = planned.kept.map(({ snapshot }) => snapshot);
  const expectedLeft = before.filter(
    (version) => version.isLatest || !isNamed(planned.removed, idOf(version)) || isNamed(kept, idOf(version)),
  );

  const done = await site.json<GcResult>(['gc']);
  assert.deepEqual(done.removed, planned.removed);
  assert.deepEqual(done.versions, planned.versions);
  const after = [...(await listAll(bucket)).values()].flat();
  assert.deepEqual(after.map(idOf).sort(), expectedLeft.map(idOf).sort());
  assert.equal(done.versions.deleted, before.length - after.length);
  assert.ok(done.versions.deleted > 0);
  const again = await site.json<GcResult>(['gc']);
  assert.deepEqual([again.removed, again.versions.deleted], [[], 0]);
}

function idOf({ key, versionId }: { key: string; versionId: string }): string {
  return `${versionId} ${key}`;
}
