import assert from 'node:assert/strict';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import type { SnapshotResult } from '../../src/snapshot/take-snapshot.ts';
import type { ImportResult } from '../../src/takeover/import-snapshots.ts';
import { startEmbedded, type EmbeddedForTest } from '../support/embedded.ts';
import { oldNameOf, writeOldSnapshot } from '../support/old-snapshots.ts';
import { Site } from '../support/site.ts';
import { tempDir } from '../support/temp-dir.ts';
import { describeImport } from './import-snapshots.ts';

let embedded: EmbeddedForTest;
const folder = mkdtempSync(join(tmpdir(), 'backup-my-bucket-takeover-'));
before(async () => {
  embedded = await startEmbedded();
});
after(async () => {
  await embedded.stop();
  rmSync(folder, { recursive: true, force: true });
});

describeImport('the embedded server', () => ({
  client: embedded.client,
  folder,
  endpoint: embedded.server.endpoint,
}));

const fixtures = join(import.meta.dirname, '../fixtures/takeover');
const samples: [key: string, versionId: string, body: string, time: string][] = [
  ['images/a & b.png', 'aB_1.LmNoPqRsTuVwXyZ0123456789abc', 'png', '2015-06-01T00:00:00Z'],
  ['reports/june.csv', 'jUnE1.kXzq0AaBbCcDdEeFfGgHhIiJjKk', 'first', '2015-06-11T23:02:11Z'],
  ['reports/june.csv', 'jUnE2.kXzq0AaBbCcDdEeFfGgHhIiJjKk', 'second', '2015-06-12T23:40:07Z'],
  ['reports/july.csv', 'jUlY1.kXzq0AaBbCcDdEeFfGgHhIiJjKk', 'july', '2015-06-13T14:15:42Z'],
];
let bucketNumber = 0;

function openSite(t: TestContext): { site: Site; old: string; bucket: string } {
  bucketNumber += 1;
  const bucket = `takeover-${bucketNumber}`;
  embedded.server.buckets.create(bucket);
  const own = tempDir(t);
  const old = join(own, 'old');
  mkdirSync(old);
  return {
    bucket,
    old,
    site: new Site(own, { endpoint: embedded.server.endpoint, master: bucket, slave: bucket }),
  };
}

function layOutSamples(bucket: string): void {
  for (const [key, versionId, body, time] of samples)
    embedded.server.buckets.putVersion(bucket, { key, versionId, body, lastModifiedMs: Date.parse(time) });
}

test('the sample files become snapshots named by their moments', async (t) => {
  const { site, old, bucket } = openSite(t);
  layOutSamples(bucket);
  cpSync(fixtures, old, { recursive: true });
  rmSync(join(old, 'README.md'));
  const result = await site.json<ImportResult>(['import-snapshots', old]);
  assert.deepEqual(
    result.snapshots.map(({ snapshot, keys, bytes, missing }) => [snapshot, keys, bytes, missing]),
    [
      ['20150612T141500Z', 2, 8, 0],
      ['20150613T141500Z', 3, 13, 0],
    ],
  );
  await site.json(['restore', '20150612', '--to-dir', join(old, 'restored')]);
  assert.deepEqual(readdirSync(join(old, 'restored')).sort(), ['images', 'reports']);
});

test('a version that is gone is told, and is the only one that a restore misses', async (t) => {
  const { site, old, bucket } = openSite(t);
  layOutSamples(bucket);
  const lostMs = Date.parse('2015-06-01T00:00:00Z');
  const lost = { key: 'lost', versionId: 'gone', sizeBytes: 7, lastModifiedMs: lostMs };
  const there = {
    key: 'reports/june.csv',
    versionId: samples[1]?.[1] ?? '',
    sizeBytes: 5,
    lastModifiedMs: lostMs,
  };
  writeOldSnapshot(old, Date.parse('2015-06-12T00:00:00Z'), [there, lost]);
  const { snapshots } = await site.json<ImportResult>(['import-snapshots', old]);
  assert.equal(snapshots[0]?.missing, 1);
  const restored = await site.json<{ copied: number; failures: { key: string }[] }>(
    ['restore', '20150612'],
    3,
  );
  assert.deepEqual([restored.copied, restored.failures.map(({ key }) => key)], [1, ['lost']]);
});

test('what cannot be taken is listed, the rest is taken, exit 3 (trap 30)', async (t) => {
  const { site, old, bucket } = openSite(t);
  layOutSamples(bucket);
  cpSync(fixtures, old, { recursive: true });
  const packed = readdirSync(old).find((name) => name.endsWith('.Z')) ?? '';
  copyFileSync(join(old, packed), join(old, '20150614091500-0500CDT.Z'));
  truncateSync(join(old, '20150614091500-0500CDT.Z'), 150);
  const odd = [{ Key: 'k' }, { Key: 'reports/june.csv', VersionID: samples[1]?.[1] }, 7];
  writeFileSync(join(old, '20150615091500-0500CDT'), JSON.stringify(odd));
  const result = await site.json<ImportResult>(['import-snapshots', old], 3);
  assert.equal(result.snapshots.length, 3);
  assert.deepEqual(
    result.failures.map(({ file, key, reason }) => [file, key, reason]),
    [
      ['20150614091500-0500CDT', null, 'it is cut off'],
      ['README.md', null, 'it is neither a JSON object nor a list'],
      ['20150615091500-0500CDT', 'k', 'it has no VersionId'],
      ['20150615091500-0500CDT', null, 'it is no object'],
    ],
  );
  assert.equal(result.snapshots[2]?.keys, 1);
  const text = await site.run(['import-snapshots', old]);
  assert.match(text.stdout, /Not taken: README.md: it is neither/);
});

test('a moment that has another snapshot is refused, but not the same contents under another name', async (t) => {
  const { site, old, bucket } = openSite(t);
  layOutSamples(bucket);
  cpSync(fixtures, old, { recursive: true });
  rmSync(join(old, 'README.md'));
  await site.json(['import-snapshots', old]);
  const plain = '20150612091500-0500CDT';
  copyFileSync(join(old, plain), join(old, 'copy'));
  writeFileSync(join(old, 'other'), '{"Timestamp":"2015-06-12T09:15:00-05:00","Contents":[]}');
  const result = await site.json<ImportResult>(['import-snapshots', old], 3);
  assert.ok(result.snapshots.every(({ existing }) => existing));
  assert.deepEqual(
    result.failures.map(({ file, reason }) => [file, reason]),
    [
      [
        'other',
        `there is another snapshot of that moment, with other contents: 20150612T141500Z, taken over from ${plain}`,
      ],
    ],
  );
});

test('the files may lie in SnapshotsDir itself, where the old program had them', async (t) => {
  const { site, bucket } = openSite(t);
  layOutSamples(bucket);
  mkdirSync(site.snapshotsDir);
  for (const name of readdirSync(fixtures).filter((each) => each.startsWith('2015')))
    copyFileSync(join(fixtures, name), join(site.snapshotsDir, name));
  await site.json(['snapshot']);
  const result = await site.json<ImportResult>(['import-snapshots', site.snapshotsDir]);
  assert.deepEqual([result.snapshots.length, result.failed], [2, 0]);
  site.configure({ RetentionPolicy: { KeepLast: 1 } });
  await site.json(['gc', '--yes']);
  assert.equal(readdirSync(site.snapshotsDir).filter((name) => name.startsWith('2015')).length, 2);
});

test('a hundred thousand entries in no order make the ranges that a listing makes', async (t) => {
  const { site, old, bucket } = openSite(t);
  const timeMs = Math.floor(Date.now() / 1000) * 1000 - 60_000;
  for (let i = 0; i < 120_000; i += 1) {
    const key = `${i % 7}/${String((i * 7919) % 120_000).padStart(6, '0')}`;
    embedded.server.buckets.putVersion(bucket, { key, sizeBytes: i % 100, lastModifiedMs: timeMs });
  }
  const { snapshot } = await site.json<SnapshotResult>(['snapshot']);
  const versions = [...embedded.server.buckets.versions(bucket)].map(
    ({ key, versionId, content, lastModifiedMs }) => ({
      key,
      versionId,
      sizeBytes: content.sizeBytes,
      lastModifiedMs,
    }),
  );
  versions.sort((a, b) => a.versionId.localeCompare(b.versionId));
  const file = writeOldSnapshot(old, timeMs, versions, { isPacked: true });
  assert.equal(file, oldNameOf(timeMs));
  const result = await site.json<ImportResult>(['import-snapshots', old]);
  assert.deepEqual([result.snapshots[0]?.keys, result.failed], [120_000, 0]);
  const diff = await site.json<Record<string, number>>(['diff', '@50s', snapshot, '--summary']);
  assert.deepEqual([diff['added'], diff['removed'], diff['changed']], [0, 0, 0]);
  assert.deepEqual(readdirSync(join(site.snapshotsDir, 'plans')), []);
});
