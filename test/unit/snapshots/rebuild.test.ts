import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { rebuildCatalogue } from '../../../src/snapshots/rebuild.ts';
import { SnapshotRepository } from '../../../src/snapshots/repository.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { addSnapshot, entry, openTestRepository } from '../../support/repository.ts';
import { silentLog } from '../../support/silent-log.ts';
import { tempDir } from '../../support/temp-dir.ts';

const [first, second] = ['20261121T010000Z', '20261121T020000Z'] as const;
const clock = new ManualClock();

function open(folder: string): Promise<SnapshotRepository> {
  return SnapshotRepository.open({ snapshotsDir: folder, compress: false, clock, log: silentLog });
}

async function filled(t: TestContext, howMany = 2): Promise<{ folder: string; path: string }> {
  const folder = tempDir(t);
  const repository = await open(folder);
  await addSnapshot(repository, first, [entry('a')], { held: true, tags: { k: 'v' }, state: 'deleting' });
  await addSnapshot(repository, second, [entry('b')], { flags: ['shrunk'], note: 'n' });
  for (let i = 2; i < howMany; i++) {
    await addSnapshot(repository, `${second}-${i}`, [], { note: 'long enough to fill pages'.repeat(20) });
  }
  repository.close();
  return { folder, path: join(folder, 'catalogue.sqlite') };
}

async function rowsOf(folder: string): Promise<unknown[]> {
  const repository = await open(folder);
  try {
    return repository.list('slave');
  } finally {
    repository.close();
  }
}

test('a sound catalogue is made anew in place, with all that the manifests say and nothing else', async (t) => {
  const { folder, path } = await filled(t);
  const before = await rowsOf(folder);
  const repository = await open(folder);
  const [row] = repository.list('slave');
  assert.ok(row);
  repository.catalogue.put({ ...row, held: false, state: 'complete', note: 'only in the catalogue' });
  repository.catalogue.put({ ...row, name: '20260101T000000Z' });
  repository.close();
  const { ino } = statSync(path);
  assert.deepEqual(await rebuildCatalogue(folder, clock), {
    snapshots: 2,
    damaged: [],
    forgotten: ['20260101T000000Z'],
    movedTo: null,
  });
  assert.deepEqual(await rowsOf(folder), before);
  assert.equal(statSync(path).ino, ino);
});

test('one that SQLite cannot open is moved away, and nothing written over', async (t) => {
  const { folder, path } = await filled(t);
  const before = await rowsOf(folder);
  const damage = 'no database at all, but long enough to look like one';
  writeFileSync(path, damage);
  const { movedTo, snapshots } = await rebuildCatalogue(folder, clock);
  assert.equal(movedTo, `${path}.damaged-20261121T040000Z`);
  assert.equal(snapshots, 2);
  assert.equal(readFileSync(movedTo, 'utf8'), damage);
  assert.deepEqual(await rowsOf(folder), before);
  writeFileSync(path, damage);
  rmSync(`${path}-wal`, { force: true });
  rmSync(`${path}-shm`, { force: true });
  assert.equal((await rebuildCatalogue(folder, clock)).movedTo, `${movedTo}-2`);
});

test('damage within the file is found, by list and by rebuild', async (t) => {
  const { folder, path } = await filled(t, 60);
  const bytes = readFileSync(path);
  // The first page says that this is a database; the others hold it.
  bytes.fill(0xff, 4096);
  writeFileSync(path, bytes);
  await assert.rejects(open(folder), { code: 'CATALOGUE_DAMAGED', message: /catalogue\.sqlite/ });
  const { movedTo, snapshots } = await rebuildCatalogue(folder, clock);
  assert.ok(movedTo !== null && existsSync(movedTo));
  assert.equal(snapshots, 60);
  assert.equal((await rowsOf(folder)).length, 60);
});

test('a manifest that cannot be read is reported, the others are taken', async (t) => {
  const { folder } = await filled(t);
  writeFileSync(join(folder, 'manifests', `${first}.json`), 'x');
  const { damaged, snapshots } = await rebuildCatalogue(folder, clock);
  assert.deepEqual([snapshots, damaged.map((each) => each.snapshot)], [1, [first]]);
  const repository = await open(folder);
  t.after(() => repository.close());
  assert.deepEqual(
    repository.damaged.map((each) => each.name),
    [first],
  );
});

test('never beside another run', async (t) => {
  const { repository, folder } = await openTestRepository(t);
  const lock = repository.lock('shared', 'snapshot');
  await assert.rejects(rebuildCatalogue(folder, clock), { code: 'LOCKED' });
  lock.release();
  assert.equal((await rebuildCatalogue(folder, clock)).snapshots, 0);
});

test('a folder that is not there is not made', async (t) => {
  const folder = join(tempDir(t), 'none');
  await assert.rejects(rebuildCatalogue(folder, clock), { code: 'SNAPSHOTS_DIR' });
  assert.equal(existsSync(folder), false);
});
