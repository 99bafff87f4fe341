/** The commands that look into snapshots: show, diff, find. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { EmbeddedS3 } from '../../src/s3-embedded/index.ts';
import type { DiffResult } from '../../src/commands/diff.ts';
import type { FindResult } from '../../src/commands/find.ts';
import type { SnapshotResult } from '../../src/snapshot/take-snapshot.ts';
import type { ShownSnapshot } from '../../src/snapshots/show.ts';
import { startEmbedded, type EmbeddedForTest } from '../support/embedded.ts';
import { readSnapshot } from '../support/index-oracle.ts';
import { Site } from '../support/site.ts';

interface ErrorJson {
  error: { code: string; message: string; hint: string };
}

const bucket = 'views';
const folder = mkdtempSync(join(tmpdir(), 'backup-my-bucket-test-'));
let embedded: EmbeddedForTest;
let s3: EmbeddedS3;
let site: Site;
let first: string;
let second: string;

before(async () => {
  embedded = await startEmbedded();
  s3 = embedded.server;
  s3.buckets.create(bucket);
  site = new Site(folder, { endpoint: s3.endpoint, master: bucket, slave: bucket });
  for (let i = 0; i < 3000; i++) {
    s3.buckets.putVersion(bucket, { key: `photos/${String(i).padStart(4, '0')}.jpg`, body: 'picture' });
  }
  s3.buckets.putVersion(bucket, { key: 'docs/a, "b"\n.txt', body: 'odd', storageClass: 'STANDARD_IA' });
  s3.buckets.putVersion(bucket, { key: 'top', body: '1' });
  first = (await site.json<SnapshotResult>(['snapshot'])).snapshot;
  s3.buckets.putVersion(bucket, { key: 'photos/0007.jpg', body: 'another picture' });
  s3.buckets.putVersion(bucket, { key: 'photos/0008.jpg', isDeleteMarker: true });
  s3.buckets.putVersion(bucket, { key: 'photos/new.jpg', body: 'new' });
  second = (await site.json<SnapshotResult>(['snapshot'])).snapshot;
});
after(async () => {
  await embedded.stop();
  rmSync(folder, { recursive: true });
});

describe('show', () => {
  test('totals, as JSON and as text', async () => {
    const shown = await site.json<ShownSnapshot>(['show', first]);
    assert.deepEqual(
      [shown.snapshot, shown.keys, shown.bytes, shown.state],
      [first, 3002, 21_004, 'complete'],
    );
    assert.deepEqual(shown.prefixes[0], { prefix: 'photos/', keys: 3000, bytes: 21_000 });
    assert.deepEqual(shown.storageClasses[1], { storageClass: 'STANDARD_IA', keys: 1, bytes: 3 });
    const part = await site.json<ShownSnapshot>(['show', first, 'photos/00']);
    assert.deepEqual([part.within, part.keys], ['photos/00', 100]);
    const { stdout } = await site.run(['show', first]);
    assert.match(stdout, /^Snapshot {2}20/);
    assert.match(stdout, /^3,000 +20\.5 KiB +photos\/$/m);
  });

  test('entries as the lines of the index, as one JSON array, and as a table', async () => {
    const named = readSnapshot(site.snapshotsDir, first);
    const csv = await site.run(['show', first, '--entries', '--format', 'csv']);
    assert.equal(csv.stdout.split('\n').length, named.length + 1);
    assert.match(csv.stdout, /^docs\/a%2C%20%22b%22%0A\.txt,[^,]+,3,20[^,]+Z,[0-9a-f]{32},STANDARD_IA\n/);
    for (const args of [['--format', 'json'], ['--json']]) {
      const { stdout, code } = await site.run(['show', first, '--entries', ...args]);
      const entries = JSON.parse(stdout) as { key: string; versionId: string; size: number }[];
      assert.equal(code, 0);
      assert.deepEqual(
        entries.map(({ key, versionId, size }) => [key, versionId, size]),
        named.map(({ key, versionId, sizeBytes }) => [key, versionId, sizeBytes]),
      );
    }
    const empty = await site.run(['show', first, 'nothing', '--entries', '--json']);
    assert.deepEqual(JSON.parse(empty.stdout), []);
    const table = await site.run(['show', first, 'docs/', '--entries']);
    assert.match(table.stdout, /^LAST MODIFIED .* KEY\n20.*STANDARD_IA .*docs\/a, "b"\\u\{a\}\.txt\n$/);
    await site.json(['show', first, '--format', 'csv'], 2);
  });

  test('ends well when its reader has seen enough', () => {
    const { stdout, stderr, status } = spawnSync(
      'bash',
      [
        '-c',
        'set -o pipefail; bin/backup-my-bucket show latest --entries -c "$0" | head -n 1',
        site.configPath,
      ],
      { encoding: 'utf8', timeout: 60_000, cwd: join(import.meta.dirname, '../..') },
    );
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^LAST MODIFIED/);
  });
});

describe('diff', () => {
  test('of two snapshots, and of one with the bucket', async () => {
    const expected = { added: 1, removed: 1, changed: 1, bytesAdded: 18, bytesRemoved: 14 };
    const result = await site.json<DiffResult>(['diff', first, second]);
    const { entries, ...totals } = result;
    assert.deepEqual(totals, { from: first, to: second, prefix: '', ...expected });
    assert.deepEqual(
      entries?.map(({ change, key, from, to }) => [change, key, from?.size, to?.size]),
      [
        ['changed', 'photos/0007.jpg', 7, 15],
        ['removed', 'photos/0008.jpg', 7, undefined],
        ['added', 'photos/new.jpg', undefined, 3],
      ],
    );
    const live = await site.json<DiffResult>(['diff', first, 'live']);
    assert.deepEqual(live, { ...result, to: 'live' });
    const backwards = await site.json<DiffResult>(['diff', 'live', first, '--summary']);
    assert.deepEqual([backwards.added, backwards.removed, backwards.entries], [1, 1, undefined]);
    const none = await site.json<DiffResult>(['diff', 'latest', 'live']);
    assert.deepEqual([none.added, none.removed, none.changed], [0, 0, 0]);
  });

  test('as text', async () => {
    const { stdout } = await site.run(['diff', first, second]);
    const [changed, removed, added, summary] = stdout.split('\n');
    assert.match(changed ?? '', /^~ +15 B {2}photos\/0007\.jpg$/);
    assert.match(removed ?? '', /^- +7 B {2}photos\/0008\.jpg$/);
    assert.match(added ?? '', /^\+ +3 B {2}photos\/new\.jpg$/);
    assert.match(
      summary ?? '',
      /^From 20\w+ to 20\w+: 1 key added, 1 removed, 1 changed; 18 B added, 14 B removed\.$/,
    );
    const part = await site.run(['diff', first, second, '--summary', '--prefix', 'docs/']);
    assert.match(part.stdout, /^From .* within docs\/: 0 keys added, 0 removed, 0 changed/);
  });

  test('two snapshots need no server; live twice is refused', async () => {
    site.configure({ SlaveEndpoint: 'http://127.0.0.1:9', MasterEndpoint: 'http://127.0.0.1:9' });
    assert.equal((await site.json<DiffResult>(['diff', first, second, '--summary'])).added, 1);
    const { error } = await site.json<ErrorJson>(['diff', 'live', 'live'], 2);
    assert.equal(error.code, 'USAGE');
    site.configure({});
  });
});

describe('find', () => {
  test('a key, and a glob, with versions and snapshots', async () => {
    const { matches } = await site.json<FindResult>(['find', 'photos/0007.jpg']);
    assert.deepEqual(
      matches.map(({ key, versions }) => [key, versions.map(({ size, snapshots }) => [size, snapshots])]),
      [
        [
          'photos/0007.jpg',
          [
            [7, [first]],
            [15, [second]],
          ],
        ],
      ],
    );
    const all = await site.json<FindResult>(['find', '*.jpg']);
    assert.deepEqual([all.snapshots, all.matches.length, all.unreadable], [2, 3001, []]);
    const { stdout } = await site.run(['find', 'photos/000[78]*']);
    assert.match(
      stdout,
      new RegExp(
        `^photos/0007\\.jpg\n  20.* 7 B .* in ${first}\n  20.* in ${second}\nphotos/0008\\.jpg\n.* in ${first}\n2 keys in 2`,
      ),
    );
  });

  test('only in snapshots of a time; nothing found is no failure', async () => {
    const future = await site.json<FindResult>(['find', 'top', '--since', '2099-01-01']);
    assert.deepEqual([future.snapshots, future.matches], [0, []]);
    const until = await site.json<FindResult>(['find', 'top', '--until', 'now']);
    assert.deepEqual(until.matches[0]?.versions[0]?.snapshots, [first, second]);
    assert.deepEqual((await site.json<FindResult>(['find', 'nowhere'])).matches, []);
    assert.equal((await site.json<ErrorJson>(['find', ''], 2)).error.code, 'USAGE');
  });

  test('what is damaged is named, the rest is found, exit 3 (trap 30)', async () => {
    const manifest = readdirSync(join(site.snapshotsDir, 'manifests')).find((name) =>
      name.startsWith(second),
    );
    writeFileSync(join(site.snapshotsDir, 'manifests', manifest ?? ''), 'no manifest');
    const { matches, unreadable } = await site.json<FindResult>(['find', 'photos/0007.jpg'], 3);
    assert.deepEqual(
      matches[0]?.versions.map(({ snapshots }) => snapshots),
      [[first]],
    );
    assert.deepEqual(unreadable[0]?.snapshots, [second]);
    assert.match(unreadable[0]?.message ?? '', /manifest/);
  });
});
