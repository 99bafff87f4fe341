import assert from 'node:assert/strict';
import { mkdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../../src/clock.ts';
import { BackupError } from '../../../src/errors.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { watching, until, pause, untilEqual } from './site-watch-support.ts';

test('what fails is tried again until it works, and nothing else waits for it', async (t) => {
  const watch = watching(t);
  const { root, map, figures } = watch;
  await until(
    () => map.calls.includes('sync'),
    () => 'the first comparison',
  );
  map.failing.add('bad');
  writeFileSync(join(root, 'bad'), '1');
  writeFileSync(join(root, 'good'), '1');
  await until(
    () => map.bucket.has('good') && figures.failed > 0,
    () => 'good',
  );
  map.failing.clear();
  await untilEqual(watch);
});

test('while the store is away nothing is lost, and when it is back all is brought', async (t) => {
  const watch = watching(t);
  const { root, map, figures } = watch;
  await until(
    () => map.calls.includes('sync'),
    () => 'the first comparison',
  );
  map.before = () => {
    throw new BackupError('S3_UNREACHABLE', 'The store does not answer.');
  };
  for (let i = 0; i < 40; i++) writeFileSync(join(root, `f${i}`), `${i}`);
  await until(
    () => figures.trouble !== '',
    () => 'trouble',
  );
  map.before = () => undefined;
  await untilEqual(watch);
  assert.equal(figures.trouble, '');
});

test('a store that is away at the start is waited for', async (t) => {
  let failures = 2;
  const watch = watching(t, {
    map: (map) => {
      map.before = () => {
        if (failures-- > 0) throw new BackupError('S3_UNREACHABLE', 'The store does not answer.');
      };
    },
  });
  writeFileSync(join(watch.root, 'f'), '1');
  await untilEqual(watch);
});

test('what is refused is told until it is not, compared again in a while only, and keeps nothing else', async (t) => {
  const watch = watching(t);
  const { root, map, figures } = watch;
  const comparisons = (): number => map.calls.filter((call) => call === 'sync').length;
  for (const name of ['a', 'b']) writeFileSync(join(root, name), '1');
  await untilEqual(watch);
  map.refusesDeletions = true;
  map.durationMs = 3_600_000;
  unlinkSync(join(root, 'a'));
  await until(
    () => figures.trouble === 'That is more than half.',
    () => 'trouble',
  );
  const before = comparisons();
  const isBrought = async (name: string): Promise<void> => {
    writeFileSync(join(root, name), '1');
    await until(
      () => map.bucket.has(name),
      () => name,
    );
  };
  await isBrought('c');
  unlinkSync(join(root, 'b'));
  await until(
    () => map.calls.includes('keys b'),
    () => 'b',
  );
  await isBrought('d');
  await isBrought('e');
  assert.deepEqual([[...map.bucket.keys()].sort(), comparisons()], [['a', 'b', 'c', 'd', 'e'], before]);
  assert.equal(figures.trouble, 'That is more than half.');
});

test('what was refused goes once it is allowed to', async (t) => {
  const watch = watching(t);
  const { root, map, figures } = watch;
  for (const name of ['a', 'b']) writeFileSync(join(root, name), '1');
  await untilEqual(watch);
  map.refusesDeletions = true;
  unlinkSync(join(root, 'a'));
  await until(
    () => figures.trouble !== '',
    () => 'trouble',
  );
  map.refusesDeletions = false;
  await untilEqual(watch);
  await until(
    () => figures.trouble === '',
    () => 'the end of trouble',
  );
});

test('what fails for ever does not have everything compared each minute', async (t) => {
  const speed = 1000;
  const startMs = Date.now();
  const nowMs = (): number => startMs + (Date.now() - startMs) * speed;
  const watch = watching(t, {
    clock: { ...systemClock, nowMs },
    map: (map) => map.failing.add('bad'),
  });
  const { root, map } = watch;
  const comparisons = (): number => map.calls.filter((call) => call === 'sync').length;
  writeFileSync(join(root, 'bad'), '1');
  // After 1, 3, 7, 15 and 31 minutes.
  const before = comparisons();
  await until(
    () => nowMs() - startMs > 40 * 60_000,
    () => 'time',
  );
  assert.ok(comparisons() - before <= 7, `${comparisons()} comparisons`);
  // It is tried by itself meanwhile.
  map.failing.clear();
  await untilEqual(watch);
  assert.ok(comparisons() - before <= 7);
});

test('what fails when a folder is compared is tried again by itself', async (t) => {
  const watch = watching(t);
  const { root, map, figures } = watch;
  mkdirSync(join(root, 'd'));
  for (const name of ['d/bad', 'd/good', 'other']) writeFileSync(join(root, name), '1');
  await untilEqual(watch);
  map.failing.add('d/bad');
  renameSync(join(root, 'd'), join(tempDir(t), 'away'));
  await until(
    () => map.calls.includes('folder d/') && figures.failed > 0,
    () => 'the comparison of the folder',
  );
  map.failing.clear();
  await untilEqual(watch);
  assert.equal(map.calls.filter((call) => call === 'sync').length, 1);
});

for (const durationMs of [10, 100])
  test(`while a comparison of ${durationMs} ms ends early again and again, what changes is brought`, async (t) => {
    const watch = watching(t, {
      map: (map) => {
        map.syncError = new BackupError('ACCESS_DENIED', 'The first 100 all failed.');
        map.durationMs = durationMs;
      },
    });
    const { root, map, figures } = watch;
    const comparisons = (): number => map.calls.filter((call) => call === 'sync').length;
    await until(
      () => comparisons() > 0,
      () => 'the first comparison',
    );
    for (const key of ['one', 'two', 'three']) {
      writeFileSync(join(root, key), key);
      await until(
        () => map.calls.includes(`keys ${key}`),
        () => key,
      );
      await pause(300);
    }
    assert.ok(comparisons() <= 2, `${comparisons()} comparisons`);
    assert.equal(figures.trouble, 'The first 100 all failed.');
    map.syncError = undefined;
    await until(
      () => figures.trouble === '',
      () => 'the end of trouble',
    );
  });

test('a batch in which everything failed is no success', async (t) => {
  const watch = watching(t);
  const { root, map, figures } = watch;
  await until(
    () => figures.lastSuccessMs !== undefined,
    () => 'the first comparison',
  );
  const { lastSuccessMs } = figures;
  map.failing.add('bad');
  writeFileSync(join(root, 'bad'), '1');
  await until(
    () => figures.failed > 0,
    () => 'a failure',
  );
  assert.deepEqual([figures.lastSuccessMs, figures.trouble], [lastSuccessMs, '']);
});

test('a lock that was lost is taken again, and a watch whose lock somebody else has ends', async (t) => {
  let lost = 0;
  const isTaken = { value: false };
  const watch = watching(t, {
    open: (map) => {
      if (isTaken.value) throw new BackupError('LOCKED', 'Another run holds the lock.');
      return map;
    },
    map: (map) => {
      map.before = () => {
        if (lost-- > 0) throw new BackupError('LOCKED', 'The lock was lost.');
      };
    },
  });
  const { root, map } = watch;
  await until(
    () => map.calls.includes('sync'),
    () => 'the first comparison',
  );
  lost = 1;
  writeFileSync(join(root, 'a'), '1');
  await untilEqual(watch);
  assert.equal(map.calls.filter((call) => call === 'close').length, 1);
  [lost, isTaken.value] = [1, true];
  writeFileSync(join(root, 'b'), '1');
  const error = await watch.ended;
  assert.ok(error instanceof BackupError && error.code === 'LOCKED');
});
