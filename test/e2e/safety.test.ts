/** What goes wrong on a bad day, on a server that can be told to: partial failures, locks, null versions, kills. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import {
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
} from '@aws-sdk/client-s3';
import type { EmbeddedS3 } from '../../src/s3-embedded/index.ts';
import type { GcResult } from '../../src/gc/gc.ts';
import type { RestoreResult } from '../../src/restore/restore.ts';
import type { SnapshotResult } from '../../src/snapshot/take-snapshot.ts';
import { startEmbedded, type EmbeddedForTest } from '../support/embedded.ts';
import { readSnapshot } from '../support/index-oracle.ts';
import { Random } from '../support/random.ts';
import { Site } from '../support/site.ts';
import { tempDir } from '../support/temp-dir.ts';

interface ErrorJson {
  error: { code: string; message: string; hint: string };
}

const dayMs = 86_400_000;
let embedded: EmbeddedForTest;
let s3: EmbeddedS3;
let bucketNumber = 0;

before(async () => {
  embedded = await startEmbedded();
  s3 = embedded.server;
});
after(() => embedded.stop());

/** A bucket of its own that is master and slave in one, and a machine that protects it. */
function vaultFor(t: TestContext, set: Record<string, unknown> = {}): { bucket: string; site: Site } {
  bucketNumber += 1;
  const bucket = `vault-${bucketNumber}`;
  s3.buckets.create(bucket);
  return {
    bucket,
    site: new Site(tempDir(t), { endpoint: s3.endpoint, master: bucket, slave: bucket, set }),
  };
}

function putMany(bucket: string, count: number, body: string): void {
  for (let i = 0; i < count; i++)
    s3.buckets.putVersion(bucket, { key: `k${String(i).padStart(4, '0')}`, body });
}

function liveKeys(bucket: string): Map<string, string> {
  const live = new Map<string, string>();
  for (const version of s3.buckets.versions(bucket)) {
    if (version.isLatest && !version.isDeleteMarker) live.set(version.key, version.etag);
  }
  return live;
}

describe('restore', () => {
  test('a key that fails is listed, the rest goes on, exit 3; the next run mends it (trap 30)', async (t) => {
    const { bucket, site } = vaultFor(t);
    putMany(bucket, 50, 'good');
    const good = liveKeys(bucket);
    await site.json(['snapshot']);
    putMany(bucket, 50, 'bad');
    const denied = s3.faults.add({ kind: 'access-denied', bucket, operation: 'CopyObject', key: 'k0007' });
    const result = await site.json<RestoreResult>(['restore', 'latest'], 3);
    assert.deepEqual([result.copied, result.failed], [49, 1]);
    assert.equal(result.failures[0]?.key, 'k0007');
    assert.equal(result.failures[0]?.code, 'AccessDenied');
    s3.faults.remove(denied.id);
    const mended = await site.json<RestoreResult>(['restore', 'latest']);
    assert.deepEqual([mended.plan.same, mended.copied], [49, 1]);
    assert.deepEqual(liveKeys(bucket), good);
  });

  test('an error inside a 200 answer is an error (trap 17), and is tried again', async (t) => {
    const { bucket, site } = vaultFor(t);
    putMany(bucket, 20, 'good');
    const good = liveKeys(bucket);
    await site.json(['snapshot']);
    putMany(bucket, 20, 'bad');
    s3.faults.add({ kind: 'error-in-200', bucket, operation: 'CopyObject', times: 5 });
    const result = await site.json<RestoreResult>(['restore', 'latest']);
    assert.equal(result.copied, 20);
    assert.deepEqual(liveKeys(bucket), good);
  });

  test('a null version that was overwritten since is refused, not passed off as the old one (trap 6)', async (t) => {
    const { bucket, site } = vaultFor(t);
    const unversioned = { key: 'old', body: 'from before versioning', versionId: 'null', lastModifiedMs: 1 };
    s3.buckets.putVersion(bucket, unversioned);
    s3.buckets.putVersion(bucket, { key: 'other', body: 'x' });
    await site.json(['snapshot']);
    // What a write while versioning is suspended does.
    await embedded.client.send(
      new PutBucketVersioningCommand({
        Bucket: bucket,
        VersioningConfiguration: { Status: 'Suspended' },
      }),
    );
    await embedded.client.send(new PutObjectCommand({ Bucket: bucket, Key: 'old', Body: 'something else' }));
    const result = await site.json<RestoreResult>(['restore', 'latest'], 3);
    assert.equal(result.failures[0]?.key, 'old');
    assert.match(result.failures[0]?.message ?? '', /overwritten since/);
  });

  test('without --delete-extra it deletes nothing', async (t) => {
    const { bucket, site } = vaultFor(t);
    putMany(bucket, 5, 'good');
    await site.json(['snapshot']);
    s3.buckets.putVersion(bucket, { key: 'new', body: 'x' });
    const result = await site.json<RestoreResult>(['restore', 'latest']);
    assert.deepEqual([result.plan.extra, result.deleted], [1, 0]);
    assert.ok(liveKeys(bucket).has('new'));
  });

  test('objects above the limit of one copy keep metadata, headers and tags (trap 15)', async (t) => {
    const { bucket, site } = vaultFor(t);
    const about = { headers: { 'content-type': 'video/mp4' }, metadata: { a: 'b' }, tags: { t: 'u' } };
    s3.buckets.putVersion(bucket, { key: 'huge', sizeBytes: 6 * 1024 ** 3, fillByte: 7, ...about });
    await site.json(['snapshot']);
    s3.buckets.putVersion(bucket, { key: 'huge', isDeleteMarker: true });
    await site.json(['restore', 'latest']);
    const [huge] = [...s3.buckets.versions(bucket)];
    assert.equal(huge?.content.sizeBytes, 6 * 1024 ** 3);
    assert.equal(huge.headers['content-type'], 'video/mp4');
    assert.deepEqual([huge.metadata, huge.tags], [about.metadata, about.tags]);
  });
});

describe('gc', () => {
  async function twoSnapshots(t: TestContext): Promise<{ bucket: string; site: Site }> {
    const { bucket, site } = vaultFor(t, { RetentionPolicy: { KeepLast: 1 } });
    putMany(bucket, 30, 'first');
    await site.json(['snapshot']);
    putMany(bucket, 30, 'second');
    await site.json(['snapshot']);
    return { bucket, site };
  }

  test('a locked version is reported, its snapshot stays in deletion, and the next gc ends it (trap 13)', async (t) => {
    const { bucket, site } = await twoSnapshots(t);
    await embedded.client.send(
      new PutObjectLockConfigurationCommand({
        Bucket: bucket,
        ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' },
      }),
    );
    const locked = [...s3.buckets.versions(bucket)].find((each) => each.key === 'k0003' && !each.isLatest);
    const hold = (Status: 'ON' | 'OFF') =>
      new PutObjectLegalHoldCommand({
        Bucket: bucket,
        Key: 'k0003',
        VersionId: locked?.versionId ?? '',
        LegalHold: { Status },
      });
    await embedded.client.send(hold('ON'));
    const result = await site.json<GcResult>(['gc'], 3);
    assert.deepEqual([result.versions.deleted, result.versions.locked, result.removed], [29, 1, []]);
    assert.equal(result.failures[0]?.key, 'k0003');
    const [first] = await site.json<{ snapshot: string; state: string }[]>(['list-snapshots']);
    assert.equal(first?.state, 'deleting');
    const refused = await site.json<ErrorJson>(['restore', first.snapshot], 4);
    assert.match(refused.error.message, /begun to delete/);

    await embedded.client.send(hold('OFF'));
    const again = await site.json<GcResult>(['gc']);
    assert.deepEqual([again.versions.deleted, again.versions.missing], [1, 29]);
    assert.deepEqual(again.removed, [first.snapshot]);
  });

  test('what is current now stays, although only an obsolete snapshot names it', async (t) => {
    const { bucket, site } = await twoSnapshots(t);
    // By hand: the newer version is deleted for good, so the older one is current again.
    const newer = [...s3.buckets.versions(bucket)].find((each) => each.key === 'k0004' && each.isLatest);
    const which = { Bucket: bucket, Key: 'k0004', VersionId: newer?.versionId ?? '' };
    await embedded.client.send(new DeleteObjectCommand(which));
    const result = await site.json<GcResult>(['gc']);
    assert.deepEqual([result.versions.deleted, result.versions.current], [29, 1]);
    assert.ok(liveKeys(bucket).has('k0004'));
  });

  test('refuses an empty policy, too many deletions, and a newest snapshot that shrank (trap 28)', async (t) => {
    const { bucket, site } = await twoSnapshots(t);
    site.configure({ RetentionPolicy: undefined });
    assert.match((await site.json<ErrorJson>(['gc'], 4)).error.message, /no retention policy/);
    site.configure({});
    assert.match((await site.json<ErrorJson>(['gc', '--max-delete', '29'], 4)).error.message, /30 versions/);
    for (let i = 0; i < 20; i++) {
      s3.buckets.putVersion(bucket, { key: `k${String(i).padStart(4, '0')}`, isDeleteMarker: true });
    }
    const shrunk = await site.json<SnapshotResult>(['snapshot']);
    assert.deepEqual(shrunk.flags, ['shrunk']);
    assert.match((await site.json<ErrorJson>(['gc'], 4)).error.message, /flagged \(shrunk\)/);
    const forced = await site.json<GcResult>(['gc', '--force']);
    assert.equal(forced.removed.length, 1);
    const left = await site.json<{ snapshot: string }[]>(['list-snapshots']);
    assert.equal(left.length, 2);
  });

  test('a held snapshot and one of another prefix push nothing out and are not pushed out', async (t) => {
    const { bucket, site } = vaultFor(t, { RetentionPolicy: { KeepLast: 1 } });
    putMany(bucket, 10, 'first');
    const held = await site.json<SnapshotResult>(['snapshot', '--hold']);
    putMany(bucket, 10, 'second');
    const obsolete = await site.json<SnapshotResult>(['snapshot']);
    putMany(bucket, 10, 'third');
    await site.json<SnapshotResult>(['snapshot']);
    await site.json<SnapshotResult>(['snapshot', '--prefix', 'k000']);
    const result = await site.json<GcResult>(['gc']);
    assert.deepEqual(result.removed, [obsolete.snapshot]);
    assert.equal(result.versions.deleted, 10);
    const names = new Set(
      [...s3.buckets.versions(bucket)].map(({ key, versionId }) => `${key} ${versionId}`),
    );
    const entries = readSnapshot(site.snapshotsDir, held.snapshot);
    assert.ok(entries.every(({ key, versionId }) => names.has(`${key} ${versionId}`)));
  });

  test('snapshots of a bucket that was protected before are left alone', async (t) => {
    const { site } = await twoSnapshots(t);
    s3.buckets.create('another');
    s3.buckets.putVersion('another', { key: 'x', body: 'x' });
    const before = await site.json<object[]>(['list-snapshots']);
    site.configure({ SlaveBucket: 'another', MasterBucket: 'another' });
    await site.json(['snapshot']);
    const result = await site.json<GcResult>(['gc']);
    assert.deepEqual([result.removed, result.versions.deleted], [[], 0]);
    site.configure({});
    assert.deepEqual(await site.json(['list-snapshots']), before);
    await site.json(['restore', 'latest', '--dry-run']);
  });
});

describe('killed at any moment', () => {
  test(
    'snapshots and gc: what is recorded is whole, and the next run ends what was begun',
    { timeout: 240_000 },
    async (t) => {
      const { bucket, site } = vaultFor(t, { RetentionPolicy: { KeepLast: 2 } });
      const random = new Random(7);
      const slow = s3.faults.add({ kind: 'latency', bucket, delayMs: 20 });
      for (let round = 0; round < 8; round++) {
        putMany(bucket, 1500, `round ${round}`);
        const command = round % 2 === 0 ? ['snapshot'] : ['gc', '--yes'];
        await site.run(command, {
          onStart: (child) => setTimeout(() => child.kill('SIGKILL'), 300 + random.below(1800)),
        });
        await assertEverySnapshotIsWhole(site, bucket);
        await site.json(['snapshot']);
        await site.json(['gc', '--yes']);
        await assertEverySnapshotIsWhole(site, bucket);
      }
      s3.faults.remove(slow.id);
      assert.deepEqual(readdirSync(join(site.snapshotsDir, 'marks')), []);
    },
  );

  test('Ctrl-C stops cleanly with 130, SIGTERM with 143', async (t) => {
    const { bucket, site } = vaultFor(t);
    putMany(bucket, 3000, 'x');
    s3.faults.add({ kind: 'latency', bucket, operation: 'ListObjectVersions', delayMs: 400 });
    for (const [signal, exit] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      const result = await site.run(['snapshot', '--json'], {
        onStart: (child) => setTimeout(() => child.kill(signal), 2500),
      });
      assert.equal(result.code, exit, result.stderr);
      assert.match((JSON.parse(result.stdout) as ErrorJson).error.hint, /--resume.* same command again/);
    }
    assert.deepEqual(await site.json(['list-snapshots']), []);
  });
});

describe('locks', () => {
  test('gc beside a snapshot ends with 5 and names the holder', async (t) => {
    const { bucket, site } = vaultFor(t, { RetentionPolicy: { KeepLast: 1 } });
    putMany(bucket, 2000, 'x');
    await site.json(['snapshot']);
    const slow = s3.faults.add({ kind: 'latency', bucket, operation: 'ListObjectVersions', delayMs: 1500 });
    const snapshot = site.json(['snapshot']);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const { error } = await site.json<ErrorJson>(['gc'], 5);
    assert.match(error.message, /snapshot \(process \d+/);
    s3.faults.remove(slow.id);
    await snapshot;
    await site.json(['gc']);
  });
});

/** Every snapshot that is listed as complete names only versions that are there, and its checksums are right. */
async function assertEverySnapshotIsWhole(site: Site, bucket: string): Promise<void> {
  const present = new Set(
    [...s3.buckets.versions(bucket)].map(({ key, versionId }) => `${key} ${versionId}`),
  );
  const { code, stdout } = await site.run(['list-snapshots', '--json']);
  if (code !== 0) return;
  for (const { snapshot, state } of JSON.parse(stdout) as { snapshot: string; state: string }[]) {
    if (state !== 'complete') continue;
    for (const { key, versionId } of readSnapshot(site.snapshotsDir, snapshot)) {
      assert.ok(present.has(`${key} ${versionId}`), `${snapshot} names ${key} ${versionId}, which is gone`);
    }
  }
}

test('a snapshot of a past moment names what was current then', async (t) => {
  const { bucket, site } = vaultFor(t);
  const nowMs = Date.now();
  const old = s3.buckets.putVersion(bucket, { key: 'a', body: '1', lastModifiedMs: nowMs - 3 * dayMs });
  s3.buckets.putVersion(bucket, { key: 'a', isDeleteMarker: true, lastModifiedMs: nowMs - 2 * dayMs });
  s3.buckets.putVersion(bucket, { key: 'a', body: '2', lastModifiedMs: nowMs - dayMs });
  const past = await site.json<SnapshotResult>(['snapshot', '--at', '60h']);
  assert.deepEqual(
    readSnapshot(site.snapshotsDir, past.snapshot).map((each) => each.versionId),
    [old.versionId],
  );
  const deleted = await site.json<SnapshotResult>(['snapshot', '--at', '36h']);
  assert.equal(deleted.keys, 0);
});
