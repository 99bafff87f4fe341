import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { sweepRanges } from '../../../src/gc/sweep-ranges.ts';
import type { SnapshotRepository } from '../../../src/snapshots/repository.ts';
import { verifySnapshot } from '../../../src/verify/verify.ts';
import { addSnapshot, entry, openTestRepository } from '../../support/repository.ts';
import { silentLog } from '../../support/silent-log.ts';

const first = '20261121T010000Z';
const second = '20261121T020000Z';
const entries = Array.from({ length: 30 }, (_, n) => entry(`k${n}`));

function verify(name: string, repository: SnapshotRepository) {
  return verifySnapshot(name, {
    repository,
    bucket: undefined,
    onMissing: async () => undefined,
    observer: { log: silentLog, progress: () => undefined },
    signal: new AbortController().signal,
  });
}

function flipByte(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(path, bytes);
}

test('a damaged range is set aside, and the next snapshot with the same entries mends all that share it', async (t) => {
  const { repository } = await openTestRepository(t);
  const { ranges } = await addSnapshot(repository, first, entries);
  const { hash } = ranges[1]!;
  const path = repository.ranges.pathOf(hash);
  flipByte(path);
  const found = await verify(first, repository);
  assert.deepEqual(
    found.damaged.map((range) => [range.hash, range.movedTo]),
    [[hash, `${path}.damaged`]],
  );
  assert.ok(existsSync(`${path}.damaged`));
  // Still damaged, and it says why nothing is there.
  const again = await verify(first, repository);
  assert.equal(again.ranges.damaged, 1);
  assert.equal(again.damaged[0]?.movedTo, null);
  assert.match(again.damaged[0]?.message ?? '', /set it aside/);
  // Named, and not there anew: what is left of it may still be of use.
  await sweepRanges(repository, 'slave', [], false);
  assert.ok(existsSync(`${path}.damaged`));

  await addSnapshot(repository, second, entries);
  for (const name of [first, second]) assert.equal((await verify(name, repository)).ranges.damaged, 0);
  await sweepRanges(repository, 'slave', [], false);
  assert.deepEqual([existsSync(path), existsSync(`${path}.damaged`)], [true, false]);
});

test('what nobody names any more goes with gc', async (t) => {
  const { repository } = await openTestRepository(t);
  const { ranges } = await addSnapshot(repository, first, entries);
  const path = repository.ranges.pathOf(ranges[0]!.hash);
  flipByte(path);
  await verify(first, repository);
  await repository.remove(first);
  assert.equal(await sweepRanges(repository, 'slave', [], false), ranges.length - 1);
  assert.equal(existsSync(`${path}.damaged`), false);
});

test('a range that was written anew since it was found damaged is left alone', async (t) => {
  const { repository } = await openTestRepository(t);
  const { ranges } = await addSnapshot(repository, first, entries);
  const { hash } = ranges[0]!;
  const path = repository.ranges.pathOf(hash);
  assert.equal(await repository.ranges.setAside(hash), undefined);
  renameSync(path, `${path}.good`);
  assert.equal(await repository.ranges.setAside(hash), undefined);
  renameSync(`${path}.good`, path);
  assert.equal((await verify(first, repository)).ranges.damaged, 0);
});

test('what was set aside and can be read after all, as from a disk that failed for a while, gets its name back', async (t) => {
  const { repository } = await openTestRepository(t);
  const { ranges } = await addSnapshot(repository, first, entries);
  const path = repository.ranges.pathOf(ranges[1]!.hash);
  renameSync(path, `${path}.damaged`);
  const { damaged } = await verify(first, repository);
  assert.deepEqual(damaged, []);
  assert.deepEqual([existsSync(path), existsSync(`${path}.damaged`)], [true, false]);
});

test('a range that is missing, or that cannot be moved, is damaged all the same', async (t) => {
  const { repository } = await openTestRepository(t);
  const { ranges } = await addSnapshot(repository, first, entries);
  await repository.ranges.remove(ranges[0]!.hash);
  flipByte(repository.ranges.pathOf(ranges[1]!.hash));
  repository.ranges.setAside = async (hash) => {
    await repository.ranges.read(hash);
    return undefined;
  };
  const { damaged } = await verify(first, repository);
  assert.deepEqual(
    damaged.map(({ hash, movedTo }) => [hash, movedTo]),
    ranges.slice(0, 2).map(({ hash }) => [hash, null]),
  );
});
