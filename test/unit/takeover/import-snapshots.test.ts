import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { importSnapshots } from '../../../src/takeover/import-snapshots.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { writeOldSnapshot } from '../../support/old-snapshots.ts';
import { openTestRepository } from '../../support/repository.ts';
import { silentLog } from '../../support/silent-log.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { FakeBucket } from '../snapshot/support/fake-bucket.ts';

test('no manifest is written once the lock is lost', async (t) => {
  const { folder, repository } = await openTestRepository(t);
  const old = tempDir(t);
  writeOldSnapshot(old, Date.UTC(2015, 5, 12), [
    { key: 'a', versionId: 'v', sizeBytes: 1, lastModifiedMs: 0 },
  ]);
  const sync = repository.ranges.sync.bind(repository.ranges);
  repository.ranges.sync = async () => {
    await sync();
    const raw = new Database(join(folder, 'catalogue.sqlite'));
    raw.exec('DELETE FROM locks');
    raw.close();
  };
  const importing = importSnapshots(
    { set: 'default', folder: old },
    {
      repository,
      snapshotsDir: folder,
      bucket: Object.assign(new FakeBucket({ versions: [] }), {
        async *listVersions() {
          yield { versions: [], commonPrefixes: [], isTruncated: false };
        },
      }),
      clock: new ManualClock(),
      observer: { log: silentLog, progress: () => undefined },
      signal: new AbortController().signal,
    },
  );
  await assert.rejects(importing, { code: 'LOCKED' });
  assert.deepEqual(await repository.manifests.list(), []);
});
