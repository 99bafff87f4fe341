import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listSnapshots } from '../../../src/snapshots/list.ts';
import { SnapshotRepository } from '../../../src/snapshots/repository.ts';
import { lockNameOf } from '../../../src/snapshots/unfinished.ts';
import { intentOf } from '../../support/intents.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { manifestOf } from '../../support/manifests.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { silentLog } from '../snapshot/support/listing.ts';

const rules = {
  policy: { keepWithinDays: 30 },
  minimumRedundancy: 1,
  nowMs: Date.parse('2026-11-22T00:00:00Z'),
};

test('unfinished snapshots stand among the others, and count for nothing', async (t) => {
  const clock = new ManualClock();
  const repository = await SnapshotRepository.open({
    snapshotsDir: tempDir(t),
    compress: false,
    clock,
    log: silentLog,
  });
  t.after(() => repository.close());
  await repository.add(manifestOf('20261121T040000Z'));
  await repository.add(manifestOf('20261121T060000Z'));
  for (const name of ['20261121T050000Z', '20261121T060000Z', '20261121T070000Z']) {
    await (await repository.unfinished.begin(intentOf(name), repository.ranges)).close();
  }
  await (
    await repository.unfinished.begin(intentOf('20261121T080000Z', 'another'), repository.ranges)
  ).close();
  const lock = repository.lock('shared', lockNameOf('20261121T070000Z'), { isUnique: true });

  const listed = await listSnapshots(repository, 'slave', rules, { tags: {} });
  assert.deepEqual(
    listed.map(({ snapshot, state, verdict, reasons }) => [snapshot, state, verdict, reasons.at(0)]),
    [
      ['20261121T040000Z', 'complete', 'keep', listed[0]?.reasons[0]],
      ['20261121T050000Z', 'unfinished', 'remove', 'unfinished'],
      // Its manifest is there: a crash between that and the end of its journal changes nothing.
      ['20261121T060000Z', 'complete', 'keep', listed[2]?.reasons[0]],
      ['20261121T070000Z', 'unfinished', 'keep', 'being taken'],
    ],
  );
  lock.release();
  await repository.unfinished.removeOf('slave');
  const left = await listSnapshots(repository, 'slave', rules, { tags: {} });
  assert.deepEqual(
    left.map(({ state }) => state),
    ['complete', 'complete'],
  );
});
