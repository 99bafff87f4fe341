import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { BackupError } from '../../../src/errors.ts';
import type { SnapshotDependencies } from '../../../src/snapshot/options.ts';
import {
  beginSnapshot,
  interruptedSnapshots,
  resumeSnapshot,
} from '../../../src/snapshot/started-snapshot.ts';
import { SnapshotRepository } from '../../../src/snapshots/repository.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { manifestOf } from '../../support/manifests.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { FakeBucket, versionOf } from './support/fake-bucket.ts';
import { list, silentLog } from './support/listing.ts';

const asOfMs = Date.parse('2026-11-21T04:00:00Z');
const options = {
  set: 'default',
  prefix: '',
  tags: {},
  note: '',
  hold: false,
  concurrency: 4,
  resume: false,
};

async function open(t: TestContext) {
  const folder = tempDir(t);
  const clock = new ManualClock();
  const repository = await SnapshotRepository.open({
    snapshotsDir: folder,
    compress: false,
    clock,
    log: silentLog,
  });
  t.after(() => repository.close());
  const warnings: string[] = [];
  const dependencies: SnapshotDependencies = {
    repository,
    bucket: new FakeBucket({ versions: [] }),
    clock,
    observer: { log: { ...silentLog, warn: (text) => warnings.push(text) }, progress: () => undefined },
    signal: new AbortController().signal,
  };
  return { folder, repository, dependencies, warnings };
}

function isUnknown(error: unknown): boolean {
  return error instanceof BackupError && error.code === 'SNAPSHOT_UNKNOWN';
}

test('a name is taken by a snapshot, an unfinished one, and one being begun', async (t) => {
  const { repository, dependencies } = await open(t);
  await repository.add(manifestOf('20261121T040000Z'));
  const second = await beginSnapshot(options, asOfMs, dependencies);
  assert.equal(second.intent.snapshot, '20261121T040000Z-2');
  await second.journal.close();
  second.lock.release();
  repository.lock('shared', 'snapshot 20261121T040000Z-3', { isUnique: true });
  const next = await beginSnapshot(options, asOfMs, dependencies);
  assert.equal(next.intent.snapshot, '20261121T040000Z-4');
});

test('takes up the newest of the set that no run works on', async (t) => {
  const { repository, dependencies } = await open(t);
  await assert.rejects(resumeSnapshot('default', dependencies), isUnknown);
  const older = await beginSnapshot(options, asOfMs - 60_000, dependencies);
  const newer = await beginSnapshot({ ...options, note: 'newer' }, asOfMs, dependencies);
  const other = await beginSnapshot({ ...options, set: 'other' }, asOfMs + 60_000, dependencies);
  for (const { journal } of [older, newer, other]) await journal.close();
  assert.deepEqual(await interruptedSnapshots(repository, 'slave'), []);
  await assert.rejects(resumeSnapshot('default', dependencies), isUnknown);

  for (const { lock } of [older, newer, other]) lock.release();
  const resumed = await resumeSnapshot('default', dependencies);
  assert.deepEqual(resumed.intent, newer.intent);
  const left = await interruptedSnapshots(repository, 'slave');
  assert.deepEqual(
    left.map(({ intent }) => intent.snapshot),
    [older.intent.snapshot, other.intent.snapshot],
  );
});

test('what another run did until the lock was taken counts', async (t) => {
  const { repository, dependencies } = await open(t);
  const older = await beginSnapshot(options, asOfMs - 60_000, dependencies);
  const newer = await beginSnapshot(options, asOfMs, dependencies);
  for (const { lock } of [older, newer]) lock.release();
  // Between the look and the lock the newer one is ended by its run, and the older one goes on.
  const lock = repository.lock.bind(repository);
  const meanwhile = [
    () => repository.add(manifestOf(newer.intent.snapshot)),
    () => older.journal.add({ upTo: 'k', ranges: [], newRanges: 0, requests: 1 }),
  ];
  const list = repository.manifests.list.bind(repository.manifests);
  repository.lock = (...of) => {
    const next = meanwhile.shift();
    repository.manifests.list = async () => {
      await next?.();
      repository.manifests.list = list;
      return list();
    };
    return lock(...of);
  };
  const resumed = await resumeSnapshot('default', dependencies);
  assert.equal(resumed.intent.snapshot, older.intent.snapshot);
  assert.deepEqual(
    resumed.finished.map(({ upTo }) => upTo),
    ['k'],
  );
  assert.equal(repository.isLocked(`snapshot ${newer.intent.snapshot}`), false);
  for (const { journal } of [older, newer, resumed]) await journal.close();
});

test('what is gone of it is listed again, and says so', async (t) => {
  const { folder, repository, dependencies, warnings } = await open(t);
  const versions = Array.from({ length: 300 }, (_, n) => versionOf(`k${String(n).padStart(4, '0')}`));
  const started = await beginSnapshot(options, asOfMs, dependencies);
  const broken = new Error('broken off');
  const bucket = new FakeBucket({
    versions,
    onRequest: (count) => {
      if (count === 25) throw broken;
    },
  });
  const onFinished = (range: Parameters<typeof started.journal.add>[0]) =>
    started.journal.add({ ...range, requests: 1 });
  await assert.rejects(
    list({ folder, bucket, request: { onFinished: (range) => onFinished({ ...range, requests: 1 }) } }),
    broken,
  );
  await started.journal.close();
  started.lock.release();

  const whole = await resumeSnapshot('default', dependencies);
  await whole.journal.close();
  whole.lock.release();
  const range = whole.finished[0]?.ranges[0];
  assert.ok(range && whole.finished.length > 1);
  assert.deepEqual(warnings, []);

  rmSync(repository.ranges.pathOf(range.hash));
  const rest = await resumeSnapshot('default', dependencies);
  assert.equal(rest.finished.length, whole.finished.length - 1);
  assert.match(warnings[0] ?? '', /listed again/);

  const finished = await list({
    folder,
    bucket: new FakeBucket({ versions }),
    request: { finished: rest.finished },
  });
  assert.equal(finished.keys, 300);
});
