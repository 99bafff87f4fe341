import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import type { DeletionShare, RemovalOptions } from '../../../src/gc/options.ts';
import { removeSnapshots, type GcResult } from '../../../src/gc/remove-snapshots.ts';
import type { Entry } from '../../../src/index/entry.ts';
import type { VersioningState } from '../../../src/s3/open-bucket.ts';
import type { VersionPage, VersionToDelete } from '../../../src/s3/types.ts';
import { intentOf } from '../../support/intents.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { manifestOf } from '../../support/manifests.ts';
import { addSnapshot, entry, openTestRepository } from '../../support/repository.ts';
import { silentLog } from '../../support/silent-log.ts';

const [first, second] = ['20261121T010000Z', '20261121T020000Z'] as const;

/** A bucket in which version 1 of each key lies under version 2; and the first snapshot, which names the former, to go. */
async function open(t: TestContext, changes: Partial<Entry> = {}) {
  const { repository, folder } = await openTestRepository(t);
  const keys = ['a', 'b', 'c', 'd'];
  const old = keys.map((key) => entry(key, 1, changes));
  const present = keys.map((key) => entry(key, 2));
  await addSnapshot(repository, first, old);
  await addSnapshot(repository, second, present.slice(1));
  const clock = new ManualClock();
  const deleted: string[] = [];
  const bucket = {
    name: 'slave',
    endpoint: '',
    listings: 0,
    batches: 0,
    onListed: (): void => undefined,
    onDelete: async (): Promise<void> => undefined,
    versioningState: 'enabled' as VersioningState,
    versioning: async () => bucket.versioningState,
    lifecycleRules: async () => [],
    serverTimeMs: async () => clock.nowMs(),
    async *listVersions(): AsyncGenerator<VersionPage> {
      bucket.listings += 1;
      const versions = keys.flatMap((_, i) => [
        { ...(present[i] as Entry), isLatest: true, isDeleteMarker: false },
        { ...(old[i] as Entry), isLatest: false, isDeleteMarker: false },
      ]);
      bucket.onListed();
      yield { versions, commonPrefixes: [], isTruncated: false };
    },
    deleteVersions: async (versions: readonly VersionToDelete[]) => {
      bucket.batches += 1;
      await bucket.onDelete();
      deleted.push(...versions.map(({ key, versionId }) => `${key} ${versionId}`));
      return versions.map(() => ({ status: 'deleted' as const }));
    },
  };
  const run = (options: Partial<RemovalOptions> = {}): Promise<GcResult> => {
    return removeSnapshots(
      'gc',
      async () => {
        const [oldest, ...others] = repository.list('slave');
        const obsolete = oldest === undefined ? [] : [oldest];
        return { obsolete, kept: others.map((row) => ({ row, reasons: [] })) };
      },
      { dryRun: false, concurrency: 2, ...options },
      {
        repository,
        snapshotsDir: folder,
        bucket,
        clock,
        observer: { log: silentLog, progress: () => undefined },
        signal: new AbortController().signal,
      },
    );
  };
  return { repository, folder, clock, bucket, deleted, run };
}

test('the mark of a dry run stays, with its id, until the next one', async (t) => {
  const { folder, deleted, run } = await open(t);
  const marks = (): string[] => readdirSync(join(folder, 'marks'));
  const dry = await run({ dryRun: true });
  assert.deepEqual([dry.versions.deleted, deleted], [4, []]);
  assert.deepEqual(marks(), [`${dry.mark}.ndjson`]);
  const [line = ''] = readFileSync(join(folder, 'marks', `${dry.mark}.ndjson`), 'utf8').split('\n');
  const { snapshot } = JSON.parse(line) as { snapshot: string };
  assert.equal(snapshot, first);
  await run();
  assert.deepEqual([marks(), deleted.length], [[], 4]);
});

test('what was found is not acted upon after a suspension: it is checked again', async (t) => {
  const { clock, bucket, deleted, run } = await open(t);
  // Beside no other batch, that would be checked at the same time.
  let isSuspended = false;
  bucket.onListed = () => {
    if (!isSuspended) clock.advance(3_600_000);
    isSuspended = true;
  };
  const result = await run({ concurrency: 1 });
  assert.deepEqual([result.versions.deleted, deleted.length], [4, 4]);
  const { batches } = bucket;
  assert.equal(bucket.listings, batches + 1);
});

test('nothing is deleted once the lock is lost', async (t) => {
  const { folder, repository, bucket, deleted, run } = await open(t);
  bucket.onListed = () => {
    const raw = new Database(join(folder, 'catalogue.sqlite'));
    raw.exec('DELETE FROM locks');
    raw.close();
  };
  await assert.rejects(run(), { code: 'LOCKED', message: /was lost/ });
  assert.deepEqual(deleted, []);
  assert.equal((await repository.read(first)).state, 'deleting');
  assert.ok(existsSync(join(folder, 'ranges')));
});

test('a version younger than the margin stays, and its snapshot with it; the next run ends it', async (t) => {
  const { clock, repository, deleted, run } = await open(t, { lastModifiedMs: new ManualClock().nowMs() });
  const result = await run();
  assert.deepEqual([result.versions.young, result.removed, deleted], [4, [], []]);
  assert.equal(repository.list('slave')[0]?.state, 'deleting');
  clock.advance(1000);
  const again = await run();
  assert.deepEqual([again.versions.deleted, again.removed], [4, [first]]);
});

test('who would delete more than stays is asked, and a no touches nothing', async (t) => {
  const { repository, deleted, run } = await open(t);
  const shares: DeletionShare[] = [];
  const answer = (isYes: boolean) => async (share: DeletionShare) => {
    shares.push(share);
    return isYes;
  };
  await run({ dryRun: true, confirm: answer(false) });
  assert.deepEqual(shares, []);
  await assert.rejects(run({ confirm: answer(false) }), { code: 'REFUSED', message: /4 of the 7 versions/ });
  assert.deepEqual(shares, [{ of: 'named', versions: 4, kept: 3 }]);
  assert.deepEqual([deleted, repository.list('slave')[0]?.state], [[], 'complete']);
  await run({ confirm: answer(true) });
  assert.equal(deleted.length, 4);
});

test('a null version is not deleted while a write could put another object in its place (trap 6)', async (t) => {
  const { repository, bucket, deleted, run } = await open(t, { versionId: 'null' });
  bucket.versioningState = 'suspended';
  const result = await run();
  assert.deepEqual([result.versions.overwritable, result.removed, deleted], [4, [], []]);
  assert.equal(repository.list('slave')[0]?.state, 'deleting');
  bucket.versioningState = 'enabled';
  const again = await run();
  assert.deepEqual([again.versions.deleted, again.removed], [4, [first]]);
});

test('a manifest that got no row, because its run was killed after this one had begun, is a kept snapshot', async (t) => {
  const { repository, deleted, run } = await open(t);
  const { ranges } = await repository.read(first);
  await repository.manifests.write(manifestOf('20261121T030000Z', { ranges, keys: 4, bytes: 4, cutBits: 2 }));
  await run();
  assert.deepEqual(deleted, []);
});

test('unfinished snapshots of the bucket are forgotten before the first deletion; those of others stay whole', async (t) => {
  const { repository, folder, bucket, run } = await open(t);
  const begin = async (name: string, ofBucket: string): Promise<void> => {
    const { ranges } = await repository.read(first);
    const journal = await repository.unfinished.begin(intentOf(name, ofBucket), repository.ranges);
    await journal.add({ ranges: ofBucket === 'slave' ? [] : ranges, newRanges: 0, requests: 1 });
    await journal.close();
  };
  await begin('20261121T050000Z', 'slave');
  await begin('20261121T060000Z', 'another');
  const unfinishedAtDeletion: string[] = [];
  bucket.onDelete = async () => {
    for (const { intent } of await repository.unfinished.list()) unfinishedAtDeletion.push(intent.bucket);
  };
  await run();
  assert.deepEqual(unfinishedAtDeletion, ['another']);
  const [left] = await repository.unfinished.list();
  assert.ok(left?.finished[0] && left.finished[0].ranges.length > 0);
  for (const { hash } of left.finished[0].ranges) assert.ok(await repository.ranges.has(hash));
  assert.deepEqual(readdirSync(join(folder, 'unfinished')), ['20261121T060000Z.journal']);
});
