/** Snapshots that the operator keeps or deletes by hand: hold, release, delete-snapshot. */
import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { EmbeddedS3 } from '../../src/s3-embedded/index.ts';
import type { GcResult } from '../../src/gc/remove-snapshots.ts';
import type { SnapshotResult } from '../../src/snapshot/take-snapshot.ts';
import type { ListedSnapshot } from '../../src/snapshots/list.ts';
import { startEmbedded, type EmbeddedForTest } from '../support/embedded.ts';
import { readSnapshot } from '../support/index-oracle.ts';
import { Site } from '../support/site.ts';
import { tempDir } from '../support/temp-dir.ts';

interface ErrorJson {
  error: { code: string; message: string; hint: string };
}

let embedded: EmbeddedForTest;
let s3: EmbeddedS3;
let bucketNumber = 0;

before(async () => {
  embedded = await startEmbedded();
  s3 = embedded.server;
});
after(() => embedded.stop());

/** Three snapshots of a bucket in which every version is replaced in between. */
async function threeSnapshots(t: TestContext): Promise<{ bucket: string; site: Site; names: string[] }> {
  bucketNumber += 1;
  const bucket = `by-hand-${bucketNumber}`;
  s3.buckets.create(bucket);
  const set = { RetentionPolicy: { KeepLast: 1 } };
  const site = new Site(tempDir(t), { endpoint: s3.endpoint, master: bucket, slave: bucket, set });
  const names: string[] = [];
  for (const body of ['first', 'second', 'third']) {
    for (let i = 0; i < 10; i++) s3.buckets.putVersion(bucket, { key: `k${i}`, body });
    names.push((await site.json<SnapshotResult>(['snapshot'])).snapshot);
  }
  return { bucket, site, names };
}

function assertWhole(bucket: string, site: Site, snapshot: string): void {
  const present = new Set([...s3.buckets.versions(bucket)].map((each) => `${each.key} ${each.versionId}`));
  for (const { key, versionId } of readSnapshot(site.snapshotsDir, snapshot)) {
    assert.ok(present.has(`${key} ${versionId}`), `${key} ${versionId} is gone`);
  }
}

describe('hold and release', () => {
  test('what is held survives gc, and goes once it is released', async (t) => {
    const { bucket, site, names } = await threeSnapshots(t);
    const [first = '', second = '', third = ''] = names;
    assert.deepEqual(await site.json(['hold', first, second]), { held: [first, second] });
    const listed = await site.json<ListedSnapshot[]>(['list-snapshots']);
    assert.deepEqual(
      listed.map((each) => [each.held, each.verdict]),
      [
        [true, 'keep'],
        [true, 'keep'],
        [false, 'keep'],
      ],
    );
    assert.deepEqual((await site.json<GcResult>(['gc'])).removed, []);
    assert.deepEqual(await site.json(['release', first]), { released: [first] });
    assert.deepEqual((await site.json<GcResult>(['gc'])).removed, [first]);
    for (const name of [second, third]) assertWhole(bucket, site, name);
  });

  test('a hold survives the loss of the catalogue, and an unknown name changes nothing', async (t) => {
    const { site, names } = await threeSnapshots(t);
    const [first = ''] = names;
    const { error } = await site.json<ErrorJson>(['hold', first, '1999'], 2);
    assert.equal(error.code, 'SNAPSHOT_UNKNOWN');
    assert.equal((await site.json<ListedSnapshot[]>(['list-snapshots']))[0]?.held, false);
    const { stdout } = await site.run(['hold', first]);
    assert.equal(stdout, `Held ${first}\n`);
    site.loseCatalogue();
    assert.equal((await site.json<ListedSnapshot[]>(['list-snapshots']))[0]?.held, true);
  });
});

describe('delete-snapshot', () => {
  test('deletes the chosen one and the versions that only it names', async (t) => {
    const { bucket, site, names } = await threeSnapshots(t);
    const [first = '', second = '', third = ''] = names;
    const dry = await site.json<GcResult>(['delete-snapshot', second, '--dry-run']);
    assert.deepEqual([dry.removed, dry.versions.deleted, dry.dryRun], [[second], 10, true]);
    assert.equal([...s3.buckets.versions(bucket)].length, 30);
    const result = await site.json<GcResult>(['delete-snapshot', second]);
    assert.deepEqual([result.removed, result.versions.deleted, result.bytesFreed], [[second], 10, 60]);
    assert.equal([...s3.buckets.versions(bucket)].length, 20);
    for (const name of [first, third]) assertWhole(bucket, site, name);
    await site.json(['delete-snapshot', second], 2);
  });

  test('refuses held ones and those of the minimum redundancy, exit 4 (trap 28)', async (t) => {
    const { bucket, site, names } = await threeSnapshots(t);
    const [first = '', second = '', third = ''] = names;
    site.configure({ MinimumRedundancy: 3 });
    const minimum = await site.json<ErrorJson>(['delete-snapshot', first], 4);
    assert.match(minimum.error.message, /Only 2 .* minimum redundancy is 3/);
    assert.match(minimum.error.hint, /--force/);
    await site.json(['hold', second]);
    const held = await site.json<ErrorJson>(['delete-snapshot', first, second, '--force'], 4);
    assert.match(held.error.message, new RegExp(`Held: ${second}`));
    assert.equal([...s3.buckets.versions(bucket)].length, 30);
    const { code, stdout } = await site.run(['delete-snapshot', first, '--force']);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^Removed ${first}\nDeleted 10 versions`));
    for (const name of [second, third]) assertWhole(bucket, site, name);
  });

  test('the newest one goes, and what is current stays', async (t) => {
    const { bucket, site, names } = await threeSnapshots(t);
    const result = await site.json<GcResult>(['delete-snapshot', 'latest']);
    assert.deepEqual([result.removed, result.versions.current], [[names[2]], 10]);
    assert.equal([...s3.buckets.versions(bucket)].length, 30);
  });
});
