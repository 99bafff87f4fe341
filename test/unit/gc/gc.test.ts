import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { BackupError } from '../../../src/errors.ts';
import { collectGarbage, type GcResult } from '../../../src/gc/gc.ts';
import type { GcOptions } from '../../../src/gc/options.ts';
import type { Manifest } from '../../../src/index/manifest.ts';
import type { LifecycleRule } from '../../../src/s3/open-bucket.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { addSnapshot, entry, openTestRepository } from '../../support/repository.ts';
import { silentLog } from '../../support/silent-log.ts';

/** An empty bucket; what is asked of gc is whether it runs, and what it says. */
async function open(t: TestContext, snapshots: readonly [name: string, changes: Partial<Manifest>][]) {
  const { repository, folder } = await openTestRepository(t);
  for (const [name, changes] of snapshots) {
    const isEmpty = changes.flags?.includes('empty');
    await addSnapshot(repository, name, isEmpty ? [] : [entry('a/1')], changes);
  }
  const clock = new ManualClock(Date.parse('2026-12-01T00:00:00Z'));
  const warnings: string[] = [];
  const log = {
    ...silentLog,
    warn: (message: string, fields?: object) => warnings.push(`${message} ${JSON.stringify(fields)}`),
  };
  const bucket = {
    name: 'slave',
    endpoint: '',
    serverTimeMs: async () => clock.nowMs(),
    versioning: async () => 'enabled' as const,
    lifecycleRules: async (): Promise<LifecycleRule[]> => [],
    async *listVersions() {},
    deleteVersions: async () => [],
  };
  const run = (options: Partial<GcOptions> = {}): Promise<GcResult> =>
    collectGarbage(
      {
        policy: { keepLast: 1 },
        minimumRedundancy: 1,
        dryRun: true,
        force: false,
        concurrency: 2,
        ...options,
      },
      {
        repository,
        snapshotsDir: folder,
        bucket,
        clock,
        observer: { log, progress: () => undefined },
        signal: new AbortController().signal,
      },
    );
  return { bucket, warnings, run };
}

const flagged = { code: 'REFUSED', message: /is flagged \(shrunk\)/, hint: /snapshot --accept-shrunk/ };

test('a flagged newest snapshot refuses, unless forced (trap 28)', async (t) => {
  const { run } = await open(t, [
    ['20261121T010000Z', {}],
    ['20261121T020000Z', {}],
    ['20261121T030000Z', { flags: ['shrunk'] }],
  ]);
  await assert.rejects(run(), flagged);
  assert.deepEqual((await run({ force: true })).removed, ['20261121T010000Z']);
});

test('so does the newest of a series that would lose one, though other series have newer ones (trap 28)', async (t) => {
  const { run } = await open(t, [
    ['20261121T010000Z', {}],
    ['20261121T020000Z', {}],
    ['20261121T030000Z', { flags: ['shrunk'] }],
    ['20261121T040000Z', { prefix: 'a/' }],
  ]);
  await assert.rejects(run(), flagged);
});

test('a flagged one that names nothing is in nobody’s way, as of a prefix with a slip', async (t) => {
  const { run } = await open(t, [
    ['20261121T005900Z', { prefix: 'a/', flags: ['empty'] }],
    ['20261121T010000Z', { prefix: 'a/', flags: ['empty'] }],
    ['20261121T020000Z', {}],
    ['20261121T030000Z', {}],
  ]);
  assert.deepEqual((await run()).removed, ['20261121T005900Z', '20261121T020000Z']);
});

test('a lifecycle rule that expires versions is shouted about; one that may not be read is, too (trap 11)', async (t) => {
  const { bucket, warnings, run } = await open(t, [['20261121T010000Z', {}]]);
  await run();
  assert.deepEqual(warnings, []);
  const rule = { id: 'tidy', enabled: true, prefix: '', expiresVersions: true, expiresCurrent: false };
  bucket.lifecycleRules = async () => [rule, { ...rule, id: 'off', enabled: false }];
  await run();
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /expires versions that snapshots name.*"tidy"/);
  bucket.lifecycleRules = async () => {
    throw new BackupError('ACCESS_DENIED', 'no');
  };
  await run();
  assert.match(warnings[1] ?? '', /cannot be read/);
});

test('where no snapshot of this store covers anything, nothing is an orphan, and it says so', async (t) => {
  const { warnings, run } = await open(t, [['20261121T010000Z', { endpoint: 'https://another.example' }]]);
  const { orphans } = await run({ orphans: true });
  assert.equal(orphans?.candidates, 0);
  assert.match(warnings[0] ?? '', /nothing can be called an orphan/);
});
