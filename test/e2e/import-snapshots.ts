/** Taking over what the old program left, against whatever server there is. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { GcResult } from '../../src/gc/gc.ts';
import type { RestoreResult } from '../../src/restore/restore.ts';
import type { SnapshotResult } from '../../src/snapshot/take-snapshot.ts';
import type { ImportResult } from '../../src/takeover/import-snapshots.ts';
import { createTestBucket } from '../support/test-bucket.ts';
import { listAll, type OracleVersion } from '../support/bucket-oracle.ts';
import { writeOldSnapshot, type OldVersion } from '../support/old-snapshots.ts';
import { Site } from '../support/site.ts';

const hourMs = 3_600_000;

/** A bucket of three generations, of which the old program has recorded two; and one snapshot of our own. */
export function describeImport(
  title: string,
  open: () => { client: S3Client; folder: string; endpoint: string },
): void {
  describe(`import-snapshots on ${title}`, () => {
    const recorded: Map<string, string>[] = [];
    let site: Site;
    let client: S3Client;
    let bucket: string;
    let old: string;
    let names: string[];

    async function put(key: string, body: string): Promise<void> {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
    }

    async function everything(): Promise<OracleVersion[]> {
      return [...(await listAll(client, bucket)).values()].flat();
    }

    async function current(): Promise<(OldVersion & { etag: string })[]> {
      const all = await everything();
      return all.filter((each) => each.isLatest && !each.isDeleteMarker);
    }

    /** What the old program would have written, had it run `ageHours` ago. */
    async function record(ageHours: number, isPacked: boolean): Promise<string> {
      const versions = await current();
      recorded.push(new Map(versions.map(({ key, etag }) => [key, etag])));
      const timeMs = Math.floor(Date.now() / 1000) * 1000 - ageHours * hourMs;
      const shuffled = versions.toSorted((a, b) => a.versionId.localeCompare(b.versionId));
      return writeOldSnapshot(old, timeMs, shuffled, {
        isPacked,
        idField: isPacked ? 'VersionId' : 'VersionID',
      });
    }

    before(async () => {
      let folder: string;
      let endpoint: string;
      ({ client, folder, endpoint } = open());
      bucket = await createTestBucket(client, { prefix: 'old' });
      site = new Site(folder, { endpoint, master: bucket, slave: bucket });
      old = join(folder, 'old');
      mkdirSync(old);
      for (const key of ['a & b', 'folder/x', 'folder/y', 'gone', 'z\u{1f600}']) await put(key, `1 ${key}`);
      const first = await record(50, false);
      for (const key of ['folder/x', 'new']) await put(key, `2 ${key}`);
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'gone' }));
      const second = await record(26, true);
      for (const key of ['a & b', 'folder/x', 'folder/y']) await put(key, `3 ${key}`);
      names = [first, second];
    });

    test('takes both files, and finds them taken when run again', async () => {
      const result = await site.json<ImportResult>(['import-snapshots', old]);
      assert.deepEqual(
        result.snapshots.map(({ file, keys, existing, missing }) => [file, keys, existing, missing]),
        [
          [names[0], 5, false, 0],
          [names[1], 5, false, 0],
        ],
      );
      const again = await site.json<ImportResult>(['import-snapshots', old]);
      assert.ok(again.snapshots.every(({ existing }) => existing));
      assert.equal((await site.json<unknown[]>(['list-snapshots'])).length, 2);
    });

    test('they share what is the same with a snapshot of our own', async () => {
      const { snapshot } = await site.json<SnapshotResult>(['snapshot']);
      const diff = await site.json<{ added: number; changed: number; removed: number }>([
        'diff',
        `@26h`,
        snapshot,
        '--summary',
      ]);
      assert.deepEqual([diff.added, diff.changed, diff.removed], [0, 3, 0]);
    });

    test('each is verified, and restored as it was', async () => {
      const snapshots = await site.json<{ snapshot: string; note: string }[]>(['list-snapshots']);
      for (const [index, contents] of recorded.entries()) {
        const { snapshot = '' } = snapshots.find(({ note }) => note === `from ${names[index]}`) ?? {};
        await site.json(['verify', snapshot]);
        await site.json<RestoreResult>([
          'restore',
          snapshot,
          '--delete-extra',
          '--verify',
          '--no-undo-point',
        ]);
        assert.deepEqual(new Map((await current()).map(({ key, etag }) => [key, etag])), contents);
      }
    });

    test('gc removes the oldest, and what it alone names', async () => {
      await site.json(['snapshot']);
      site.configure({ RetentionPolicy: { KeepWithinDays: 2 } });
      const before = await everything();
      const result = await site.json<GcResult>(['gc', '--yes']);
      assert.equal(result.removed.length, 1);
      assert.equal(result.versions.failed, 0);
      const ids = new Set((await everything()).map(({ versionId }) => versionId));
      const deleted = before.filter(({ versionId }) => !ids.has(versionId)).map(({ key }) => key);
      assert.equal(deleted.length, result.versions.deleted);
      // The second one still names the others.
      assert.ok(deleted.includes('folder/x') && deleted.includes('gone'));
      const [second] = await site.json<{ snapshot: string }[]>(['list-snapshots']);
      await site.json(['verify', second?.snapshot ?? '']);
    });
  });
}
