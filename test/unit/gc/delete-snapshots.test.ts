import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { deleteSnapshots, type DeleteSnapshotsOptions } from '../../../src/gc/delete-snapshots.ts';
import type { GcResult } from '../../../src/gc/remove-snapshots.ts';
import type { SnapshotRepository } from '../../../src/snapshots/repository.ts';
import type { VersionToDelete } from '../../../src/s3/types.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { addSnapshot, openTestRepository } from '../../support/repository.ts';
import { silentLog } from '../../support/silent-log.ts';

const [first, second, third] = ['20261121T010000Z', '20261121T020000Z', '20261121T030000Z'] as const;

/** Snapshots without entries: which go is decided before any version is looked at. */
async function open(t: TestContext): Promise<{
  repository: SnapshotRepository;
  run: (changes: Partial<DeleteSnapshotsOptions>) => Promise<GcResult>;
}> {
  const { repository, folder } = await openTestRepository(t);
  const clock = new ManualClock();
  const bucket = {
    name: 'slave',
    endpoint: '',
    versioning: async () => 'enabled' as const,
    lifecycleRules: async () => [],
    serverTimeMs: async () => clock.nowMs(),
    listVersions: async function* () {},
    deleteVersions: async (versions: readonly VersionToDelete[]) => {
      throw new Error(`${versions.length} versions deleted`);
    },
  };
  const run = (changes: Partial<DeleteSnapshotsOptions>) =>
    deleteSnapshots(
      { names: [], minimumRedundancy: 1, dryRun: false, force: false, concurrency: 2, ...changes },
      {
        repository,
        snapshotsDir: folder,
        bucket,
        clock,
        observer: { log: silentLog, progress: () => undefined },
        signal: new AbortController().signal,
      },
    );
  return { repository, run };
}

function namesOf(repository: SnapshotRepository): string[] {
  return repository.list('slave').map((row) => row.name);
}

test('only what was chosen goes', async (t) => {
  const { repository, run } = await open(t);
  for (const name of [first, second, third]) await addSnapshot(repository, name, []);
  const dry = await run({ names: [second], dryRun: true });
  assert.deepEqual([dry.removed, namesOf(repository).length], [[second], 3]);
  const result = await run({ names: [second] });
  assert.deepEqual(result.removed, [second]);
  assert.deepEqual(
    result.kept.map((each) => each.snapshot),
    [first, third],
  );
  assert.deepEqual(namesOf(repository), [first, third]);
});

test('held ones are refused, forced or not', async (t) => {
  const { repository, run } = await open(t);
  await addSnapshot(repository, first, [], { held: true });
  await addSnapshot(repository, second, []);
  const refused = { code: 'REFUSED', message: new RegExp(first) };
  await assert.rejects(run({ names: [first, second], force: true }), refused);
  assert.deepEqual(namesOf(repository), [first, second]);
});

test('a hold that only the manifest knows of is a hold', async (t) => {
  const { repository, run } = await open(t);
  const manifest = await addSnapshot(repository, first, []);
  await addSnapshot(repository, second, []);
  await repository.manifests.replace({ ...manifest, held: true });
  await assert.rejects(run({ names: [first] }), { code: 'REFUSED', message: /manifest/ });
});

test('the minimum redundancy stays, counted without flagged ones and by series, unless forced (trap 28)', async (t) => {
  const { repository, run } = await open(t);
  await addSnapshot(repository, first, []);
  await addSnapshot(repository, second, [], { flags: ['shrunk'] });
  await addSnapshot(repository, third, [], { prefix: 'a/' });
  await assert.rejects(run({ names: [first] }), { code: 'REFUSED', message: /Only 0 .* whole bucket/ });
  await assert.rejects(run({ names: [third] }), { code: 'REFUSED', message: /prefix "a\/"/ });
  // What does not count can always go.
  assert.deepEqual((await run({ names: [second], minimumRedundancy: 5 })).removed, [second]);
  assert.deepEqual((await run({ names: [first, third], force: true })).removed, [first, third]);
});

test('a snapshot that another run has removed is named', async (t) => {
  const { repository, run } = await open(t);
  await addSnapshot(repository, first, []);
  await assert.rejects(run({ names: [second] }), { code: 'SNAPSHOT_UNKNOWN', message: new RegExp(second) });
});
