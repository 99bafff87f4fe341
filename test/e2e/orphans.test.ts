/** gc --orphans: what no snapshot names goes, and nothing that is wanted. */
import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import type { EmbeddedS3, LaidOutVersion } from '../../src/s3-embedded/index.ts';
import type { GcResult } from '../../src/gc/gc.ts';
import type { SnapshotResult } from '../../src/snapshot/take-snapshot.ts';
import { startEmbedded, type EmbeddedForTest } from '../support/embedded.ts';
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

const hourMs = 3_600_000;

/** Versions and delete markers (`m`) of keys, by their age in hours: `a 200` lies under `a 190`. */
function vaultWith(t: TestContext, versions: readonly string[]): { bucket: string; site: Site } {
  bucketNumber += 1;
  const bucket = `orphans-${bucketNumber}`;
  s3.buckets.create(bucket);
  for (const each of versions) {
    const [key = '', hours, kind] = each.split(' ');
    const lastModifiedMs = Date.now() - Number(hours) * hourMs;
    const fields: LaidOutVersion = { key, lastModifiedMs, versionId: each.replaceAll(' ', '-') };
    s3.buckets.putVersion(
      bucket,
      kind === 'm' ? { ...fields, isDeleteMarker: true } : { ...fields, body: each },
    );
  }
  const set = { RetentionPolicy: { KeepLast: 5 } };
  return {
    bucket,
    site: new Site(tempDir(t), { endpoint: s3.endpoint, master: bucket, slave: bucket, set }),
  };
}

function idsOf(bucket: string): string[] {
  return [...s3.buckets.versions(bucket)].map(({ versionId }) => versionId);
}

const history = [
  'a 300',
  // Between the two snapshots.
  'a 280',
  'a 270 m',
  'a 260',
  // Since the last one.
  'a 100',
  'a 90',
  'bare 290 m',
  'bare-but-young 30 m',
  'deleted 300',
  'deleted 280 m',
  'never-seen 280',
  'never-seen 279 m',
  'untouched 300',
];

test('what was superseded between two snapshots goes, and bare delete markers', async (t) => {
  const { bucket, site } = vaultWith(t, history);
  await site.json(['snapshot', '--at', '290h']);
  await site.json(['snapshot', '--at', '200h']);
  const dry = await site.json<GcResult>(['gc', '--orphans', '--dry-run']);
  assert.deepEqual(dry.orphans && [dry.orphans.deleted, dry.orphans.deleteMarkers], [3, 1]);
  assert.deepEqual(idsOf(bucket).length, history.length);

  const without = await site.json<GcResult>(['gc']);
  assert.deepEqual([without.orphans, idsOf(bucket).length], [null, history.length]);
  const before = new Set(idsOf(bucket));
  const result = await site.json<GcResult>(['gc', '--orphans']);
  assert.deepEqual([result.orphans?.listed, result.orphans?.candidates, result.orphans?.deleted], [13, 3, 3]);
  assert.equal(result.bytesFreed, 'a 280'.length + 'never-seen 280'.length);
  const left = new Set(idsOf(bucket));
  assert.deepEqual([...before].filter((id) => !left.has(id)).sort(), [
    'a-280',
    'bare-290-m',
    'never-seen-280',
  ]);
  // The marker over what has gone by now is bare.
  const again = await site.run(['gc', '--orphans']);
  assert.match(again.stdout, /Deleted 1 orphan of 1 marked .*: 0 versions, 1 delete marker/);
  for (const snapshot of ['@290h', '@200h']) await site.json(['verify', snapshot]);
});

test('refuses more than --max-delete, and most of the bucket without --yes', async (t) => {
  const { bucket, site } = vaultWith(t, ['a 300', 'a 299', 'a 298', 'a 297']);
  await site.json(['snapshot', '--at', '200h']);
  const few = await site.json<ErrorJson>(['gc', '--orphans', '--max-delete', '2'], 4);
  assert.match(few.error.message, /up to 3 versions, more than --max-delete 2/);
  const most = await site.json<ErrorJson>(['gc', '--orphans'], 4);
  assert.match(most.error.message, /3 of the 4 versions and delete markers in the bucket/);
  assert.equal(idsOf(bucket).length, 4);
  await site.json(['gc', '--orphans', '--yes']);
  assert.deepEqual(idsOf(bucket), ['a-297']);
});

test('leaves alone what no snapshot covers: other prefixes, another store, a flagged snapshot', async (t) => {
  const { bucket, site } = vaultWith(t, ['a/x 300', 'a/x 299', 'b/x 300', 'b/x 299', 'a/y 300', 'b/y 300']);
  await site.json(['snapshot', '--at', '200h', '--prefix', 'a/']);
  const empty = await site.json<SnapshotResult>(['snapshot', '--at', '190h', '--prefix', 'b/nothing']);
  assert.deepEqual(empty.flags, ['empty']);
  site.configure({ SlaveEndpoint: s3.endpoint.replace('127.0.0.1', 'localhost') });
  const elsewhere = await site.json<GcResult>(['gc', '--orphans', '--force']);
  assert.equal(elsewhere.orphans?.candidates, 0);
  site.configure({});
  const result = await site.json<GcResult>(['gc', '--orphans', '--force']);
  assert.equal(result.orphans?.deleted, 1);
  assert.deepEqual(idsOf(bucket), ['a/x-299', 'a/y-300', 'b/x-299', 'b/x-300', 'b/y-300']);
});
