import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { BackupError } from '../../../src/errors.ts';
import { ManifestStore } from '../../../src/index/manifest-store.ts';
import { SnapshotRepository } from '../../../src/snapshots/repository.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { manifestOf } from '../../support/manifests.ts';
import { silentLog } from '../../support/silent-log.ts';
import { watchSyncs } from '../../support/synced-paths.ts';
import { tempDir } from '../../support/temp-dir.ts';

const clock = new ManualClock();

async function open(t: TestContext, snapshotsDir: string, create = false): Promise<SnapshotRepository> {
  const repository = await SnapshotRepository.open({
    snapshotsDir,
    compress: false,
    clock,
    log: silentLog,
    create,
  });
  t.after(() => repository.close());
  return repository;
}

const names = (repository: SnapshotRepository): string[] => repository.list('slave').map(({ name }) => name);

test('a manifest without a row gets one: a crash between the two, or a lost catalogue', async (t) => {
  const folder = tempDir(t);
  const store = new ManifestStore(folder, { compress: false });
  await store.write(manifestOf('20261121T040000Z', { tags: { a: 'b' }, note: 'n', held: true }));
  const repository = await open(t, folder);
  const [row] = repository.list('slave');
  assert.deepEqual([row?.name, row?.tags, row?.note, row?.held], ['20261121T040000Z', { a: 'b' }, 'n', true]);
});

test('a row in deletion without a manifest goes: a crash at the end of gc', async (t) => {
  const folder = tempDir(t);
  const first = await open(t, folder);
  await first.add(manifestOf('20261121T040000Z'));
  await first.markDeleting('20261121T040000Z');
  await first.manifests.remove('20261121T040000Z');
  const second = await open(t, folder);
  assert.deepEqual([names(second), second.damaged], [[], []]);
});

test('the state of a snapshot survives the loss of the catalogue', async (t) => {
  const folder = tempDir(t);
  const first = await open(t, folder);
  await first.add(manifestOf('20261121T040000Z'));
  await first.markDeleting('20261121T040000Z');
  for (const suffix of ['', '-wal', '-shm'])
    rmSync(join(folder, `catalogue.sqlite${suffix}`), { force: true });
  const second = await open(t, folder);
  assert.equal(second.list('slave')[0]?.state, 'deleting');
});

test('a deletion that is cut short between row and manifest is one that has begun', async (t) => {
  const folder = tempDir(t);
  const first = await open(t, folder);
  await first.add(manifestOf('20261121T040000Z'));
  first.manifests.replace = async () => {
    throw new Error('killed');
  };
  await assert.rejects(first.markDeleting('20261121T040000Z'), /killed/);
  const second = await open(t, folder);
  assert.equal(second.list('slave')[0]?.state, 'deleting');
  await second.markDeleting('20261121T040000Z');
  assert.equal((await second.read('20261121T040000Z')).state, 'deleting');
});

test('a manifest that has vanished is damage, and stays listed', async (t) => {
  const folder = tempDir(t);
  const first = await open(t, folder);
  await first.add(manifestOf('20261121T040000Z'));
  await first.manifests.remove('20261121T040000Z');
  const second = await open(t, folder);
  assert.deepEqual(names(second), ['20261121T040000Z']);
  assert.equal(second.damaged[0]?.name, '20261121T040000Z');
});

test('a snapshot whose row cannot be written exists all the same', async (t) => {
  const folder = tempDir(t);
  const first = await open(t, folder);
  first.catalogue.close();
  await first.add(manifestOf('20261121T040000Z'));
  const second = await open(t, folder);
  assert.deepEqual(names(second), ['20261121T040000Z']);
});

test('snapshots of another bucket are not listed', async (t) => {
  const repository = await open(t, tempDir(t));
  await repository.add(manifestOf('20261121T040000Z', { bucket: 'another' }));
  await repository.add(manifestOf('20261121T050000Z'));
  assert.deepEqual(names(repository), ['20261121T050000Z']);
});

test('the folder is made for the first snapshot, but not those above it: its disk may not be mounted', async (t) => {
  const folder = join(tempDir(t), 'disk', 'snapshots');
  const isMissing = (error: unknown): boolean =>
    error instanceof BackupError && error.code === 'SNAPSHOTS_DIR';
  await assert.rejects(open(t, folder), isMissing);
  await assert.rejects(open(t, folder, true), isMissing);
  mkdirSync(join(folder, '..'));
  const synced = await watchSyncs(t);
  await open(t, folder, true);
  assert.ok(synced.has(join(folder, '..')), 'and its name is durable');
});
