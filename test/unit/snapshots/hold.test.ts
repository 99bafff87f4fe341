import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setHeld } from '../../../src/snapshots/hold.ts';
import { toRow } from '../../../src/snapshots/repository.ts';
import { addSnapshot, entry, openTestRepository } from '../../support/repository.ts';

const first = '20261121T010000Z';
const second = '20261121T020000Z';

test('manifest and row say the same, and what else the row knows stays', async (t) => {
  const { repository } = await openTestRepository(t);
  const before = await addSnapshot(repository, first, [entry('a')]);
  await addSnapshot(repository, second, []);
  repository.catalogue.setExclusive(first, 7, second);
  const [row] = repository.list('slave');
  assert.deepEqual(await setHeld([first, first], true, repository), [first]);
  assert.deepEqual(await repository.read(first), { ...before, held: true });
  assert.deepEqual(repository.list('slave')[0], { ...row, held: true });
  assert.equal(repository.list('slave')[1]?.held, false);

  await setHeld([first, second], false, repository);
  assert.deepEqual(await repository.read(first), before);
  assert.deepEqual(repository.list('slave')[0], row);
});

test('a row that a killed run left behind its manifest is mended', async (t) => {
  const { repository } = await openTestRepository(t);
  const manifest = await addSnapshot(repository, first, []);
  await repository.manifests.replace({ ...manifest, held: true });
  await setHeld([first], true, repository);
  assert.equal(repository.list('slave')[0]?.held, true);
});

test('what gc has begun to delete is refused, and nothing else is changed', async (t) => {
  const { repository } = await openTestRepository(t);
  await addSnapshot(repository, first, []);
  await addSnapshot(repository, second, [], { state: 'deleting' });
  await assert.rejects(setHeld([first, second], true, repository), { code: 'REFUSED' });
  assert.equal((await repository.read(first)).held, false);
  await setHeld([second], false, repository);
  // Where only the row says so: gc was killed before it came to the manifest.
  const third = await addSnapshot(repository, '20261121T030000Z', []);
  repository.catalogue.put({ ...toRow(third), state: 'deleting' });
  await assert.rejects(setHeld([third.snapshot], true, repository), { code: 'REFUSED' });
});

test('never beside gc or its like, but beside a snapshot that is being taken', async (t) => {
  const { repository } = await openTestRepository(t);
  await addSnapshot(repository, first, []);
  const gc = repository.lock('exclusive', 'gc');
  await assert.rejects(setHeld([first], true, repository), { code: 'LOCKED' });
  gc.release();
  const other = repository.lock('shared', 'hold or release');
  await assert.rejects(setHeld([first], true, repository), { code: 'LOCKED' });
  other.release();
  const snapshot = repository.lock('shared', 'snapshot');
  await setHeld([first], true, repository);
  snapshot.release();
});
