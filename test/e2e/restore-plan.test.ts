/** What a restore says before, makes sure of before and after, and what has to be thawed first. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { RestoreResult } from '../../src/restore/restore.ts';
import type { EmbeddedS3 } from '../../src/s3-embedded/index.ts';
import type { SnapshotResult } from '../../src/snapshot/take-snapshot.ts';
import { startEmbedded, type EmbeddedForTest } from '../support/embedded.ts';
import { Site } from '../support/site.ts';
import { tempDir } from '../support/temp-dir.ts';
import { keyOf, liveEtags, pairFor, putReplicated, requestsOf } from './restore-support.ts';

const thawDelayMs = 8000;
let embedded: EmbeddedForTest;
let s3: EmbeddedS3;

before(async () => {
  embedded = await startEmbedded({ thawDelayMs });
  s3 = embedded.server;
});
after(() => embedded.stop());

describe('the undo point', () => {
  test('of a master: the restore can itself be restored from', async (t) => {
    const pair = pairFor(t, s3);
    for (let i = 0; i < 10; i++) putReplicated(s3, pair, keyOf(i), 'good');
    const { snapshot } = await pair.site.json<SnapshotResult>(['snapshot']);
    s3.buckets.putVersion(pair.master, { key: keyOf(0), body: 'precious after all' });
    s3.buckets.putVersion(pair.master, { key: keyOf(1), isDeleteMarker: true });
    s3.buckets.putVersion(pair.master, { key: 'new', body: 'new' });
    const before = liveEtags(s3, pair.master);
    const result = await pair.site.json<RestoreResult>(['restore', 'latest', '--delete-extra', '--verify']);
    assert.ok(result.undoPoint !== null);
    assert.deepEqual([result.verification?.checked, result.verification?.different], [10, 0]);
    assert.deepEqual(liveEtags(s3, pair.master), liveEtags(s3, pair.slave));
    const undone = await pair.site.json<RestoreResult>(['restore', result.undoPoint, '--delete-extra']);
    assert.equal(undone.failed, 0);
    assert.deepEqual(liveEtags(s3, pair.master), before);
    const again = await pair.site.json<RestoreResult>(['restore', 'latest', '--dry-run']);
    assert.equal(again.snapshot, snapshot);
  });

  test('of a bucket that keeps its own history: latest is never the damage', async (t) => {
    const bucket = 'in-place';
    s3.buckets.create(bucket);
    const site = new Site(tempDir(t), { endpoint: s3.endpoint, master: bucket, slave: bucket });
    s3.buckets.putVersion(bucket, { key: 'k', body: 'good' });
    const { snapshot } = await site.json<SnapshotResult>(['snapshot']);
    s3.buckets.putVersion(bucket, { key: 'k', body: 'bad' });
    const result = await site.json<RestoreResult>(['restore', 'latest']);
    assert.ok(result.undoPoint !== null && result.undoPoint !== snapshot);
    const again = await site.json<RestoreResult>(['restore', 'latest']);
    assert.deepEqual([again.snapshot, again.copied, again.undoPoint], [snapshot, 0, null]);
    const listed = await site.json<{ snapshot: string; note: string }[]>(['list-snapshots']);
    assert.match(listed.find((each) => each.snapshot === result.undoPoint)?.note ?? '', /before the restore/);
  });

  test('is left out where it is not wanted, or where the bucket is none of the set', async (t) => {
    const pair = pairFor(t, s3);
    s3.buckets.putVersion(pair.slave, { key: 'k', body: 'x' });
    await pair.site.json(['snapshot']);
    const elsewhere = await pair.site.json<RestoreResult>([
      'restore',
      'latest',
      '--to-bucket',
      `${pair.master}-2`,
    ]);
    assert.equal(elsewhere.undoPoint, null);
    const without = await pair.site.json<RestoreResult>(['restore', 'latest', '--no-undo-point']);
    assert.equal(without.undoPoint, null);
    assert.equal((await pair.site.json<unknown[]>(['list-snapshots'])).length, 1);
  });

  test('that cannot be taken stops the restore before it changes anything', async (t) => {
    const pair = pairFor(t, s3);
    s3.buckets.putVersion(pair.slave, { key: 'k', body: 'x' });
    await pair.site.json(['snapshot']);
    // The plan's listing is let through.
    const rule = s3.faults.add({
      kind: 'access-denied',
      bucket: pair.master,
      operation: 'ListObjectVersions',
      skip: 1,
    });
    t.after(() => s3.faults.remove(rule.id));
    await pair.site.json(['restore', 'latest'], 1);
    assert.equal(liveEtags(s3, pair.master).size, 0);
  });
});

test('--verify: what does not stay is listed, exit 3', async (t) => {
  const pair = pairFor(t, s3);
  for (let i = 0; i < 20; i++) s3.buckets.putVersion(pair.slave, { key: keyOf(i), body: `${i}` });
  await pair.site.json(['snapshot']);
  // Something that writes while the restore runs.
  const writer = setInterval(() => {
    if (requestsOf(s3, 'CopyObject', pair.master).length > 10) {
      s3.buckets.putVersion(pair.master, { key: keyOf(3), body: 'meddled with' });
    }
  }, 5);
  const slow = s3.faults.add({ kind: 'latency', bucket: pair.master, operation: 'CopyObject', delayMs: 50 });
  try {
    const args = ['restore', 'latest', '--verify', '--no-undo-point', '--concurrency', '2'];
    const result = await pair.site.json<RestoreResult>(args, 3);
    assert.deepEqual(
      result.verification?.differences.map(({ key, problem }) => [key, problem]),
      [[keyOf(3), 'missing or different']],
    );
  } finally {
    clearInterval(writer);
    s3.faults.remove(slow.id);
  }
});

describe('archived versions', () => {
  const archived = { storageClass: 'GLACIER' };

  test(
    'are thawed, exit 75; the others are restored at once; a later run restores the rest',
    { timeout: 60_000 },
    async (t) => {
      const pair = pairFor(t, s3);
      for (let i = 0; i < 5; i++)
        s3.buckets.putVersion(pair.slave, { key: `cold${i}`, body: `${i}`, ...archived });
      for (let i = 0; i < 5; i++) s3.buckets.putVersion(pair.slave, { key: `warm${i}`, body: `${i}` });
      await pair.site.json(['snapshot']);
      const dry = await pair.site.run(['restore', 'latest', '--dry-run', '--thaw-tier', 'Bulk']);
      assert.match(dry.stdout, /5 objects have to be thawed first, which takes up to 12 hours/);
      s3.requests.clear();
      const first = await pair.site.json<RestoreResult>(['restore', 'latest', '--thaw-days', '2'], 75);
      assert.deepEqual([first.copied, first.thawing, first.failed, first.plan.thaw], [5, 5, 0, 5]);
      const text = await pair.site.run(['restore', 'latest']);
      assert.equal(text.code, 75);
      assert.match(text.stdout, /5 archived objects being thawed, which takes up to 5 hours/);
      // Asked for once.
      assert.equal(requestsOf(s3, 'RestoreObject', pair.slave).length, 5);
      await new Promise((resolve) => setTimeout(resolve, thawDelayMs));
      const last = await pair.site.json<RestoreResult>(
        ['restore', 'latest', '--storage-class', 'STANDARD'],
        0,
      );
      assert.deepEqual([last.copied, last.thawing], [5, 0]);
      assert.deepEqual(liveEtags(s3, pair.master), liveEtags(s3, pair.slave));
    },
  );

  test('--wait stays until all is there, also in a directory', { timeout: 60_000 }, async (t) => {
    const pair = pairFor(t, s3);
    s3.buckets.putVersion(pair.slave, { key: 'cold', body: 'x', ...archived });
    s3.buckets.putVersion(pair.slave, { key: 'warm', body: 'y' });
    await pair.site.json(['snapshot']);
    const directory = join(tempDir(t), 'd');
    const result = await pair.site.json<RestoreResult>([
      'restore',
      'latest',
      '--to-dir',
      directory,
      '--wait',
    ]);
    assert.deepEqual([result.copied, result.thawing], [2, 0]);
    assert.equal(readFileSync(join(directory, 'cold'), 'utf8'), 'x');
  });
});

test('a dry run says what it would take, and every action', async (t) => {
  const pair = pairFor(t, s3, { MasterRegion: 'eu-central-1' });
  putReplicated(s3, pair, 'overwritten', 'good');
  putReplicated(s3, pair, 'deleted', 'good');
  s3.buckets.putVersion(pair.slave, { key: 'missing', sizeBytes: 1024 ** 3, fillByte: 1 });
  await pair.site.json(['snapshot']);
  s3.buckets.putVersion(pair.master, { key: 'overwritten', body: 'bad' });
  s3.buckets.putVersion(pair.master, { key: 'deleted', isDeleteMarker: true });
  s3.buckets.putVersion(pair.master, { key: 'extra', body: 'x' });
  const file = join(tempDir(t), 'plan.ndjson');
  const args = ['restore', 'latest', '--dry-run', '--delete-extra', '--plan-file', file];
  const { plan, actions } = await pair.site.json<RestoreResult>(args);
  assert.deepEqual(actions?.map(({ action, key, from }) => [action, key, from]).sort(), [
    ['copy', 'missing', 'source'],
    ['copy', 'overwritten', 'destination'],
    ['delete', 'extra', null],
    ['undelete', 'deleted', null],
  ]);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line) as unknown),
    actions,
  );
  assert.equal(plan.estimate.bytesAcrossRegions, 1024 ** 3);
  assert.equal(plan.estimate.requests, 4);
  assert.ok(plan.estimate.dollars > 0.02 && plan.estimate.dollars < 0.021);
  const { stdout } = await pair.site.run(['restore', 'latest', '--dry-run']);
  assert.match(stdout, /1\.0 GiB cross regions/);
  assert.match(stdout, /^Estimate: 3 requests, \$0\.02 \(Amazon S3 list prices/m);
});
