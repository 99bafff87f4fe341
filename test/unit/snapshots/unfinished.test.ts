import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { BackupError } from '../../../src/errors.ts';
import { RangeStore } from '../../../src/index/range-store.ts';
import {
  UnfinishedSnapshots,
  totalsOf,
  type JournalledRange,
  type SnapshotIntent,
} from '../../../src/snapshots/unfinished.ts';
import { watchSyncs } from '../../support/synced-paths.ts';
import { tempDir } from '../../support/temp-dir.ts';

const intent: SnapshotIntent = {
  format: 2,
  snapshot: '20261121T040000Z',
  set: 'default',
  bucket: 'slave',
  endpoint: '',
  prefix: '',
  asOf: '2026-11-21T04:00:00.000Z',
  listingStartedAt: '2026-11-21T04:00:02.000Z',
  held: false,
  tags: { release: '7' },
  note: '',
  cutBits: 14,
};

function rangeTo(upTo: string): JournalledRange {
  const range = { hash: upTo, firstKey: 'a', lastKey: upTo, entries: 2, sizeBytes: 20, plainBytes: 1 };
  return { upTo, ranges: [range], newRanges: 0, requests: 1 };
}

function open(t: TestContext) {
  const folder = tempDir(t);
  return {
    unfinished: new UnfinishedSnapshots(folder),
    ranges: new RangeStore(folder, { compress: false }),
    path: join(folder, 'unfinished', `${intent.snapshot}.journal`),
  };
}

test('what was asked for and what is finished is read back', async (t) => {
  const { unfinished, ranges } = open(t);
  const journal = await unfinished.begin(intent, ranges);
  const finished = ['a', 'b\u2028\n', '\u{1F600}'].map(rangeTo);
  await Promise.all(finished.map((range) => journal.add(range)));
  await journal.close();
  assert.deepEqual(await unfinished.list(), [{ intent, finished }]);
  assert.deepEqual(totalsOf(finished), { keys: 6, bytes: 60 });
});

test('a key range counts only when all that it names is durable', async (t) => {
  const { unfinished, ranges } = open(t);
  const journal = await unfinished.begin(intent, ranges);
  const range = rangeTo('a');
  const sync = ranges.sync.bind(ranges);
  ranges.sync = () => Promise.reject(new BackupError('SNAPSHOTS_DIR', 'full'));
  await assert.rejects(
    journal.add(range),
    (error) => error instanceof BackupError && error.code === 'SNAPSHOTS_DIR',
  );
  ranges.sync = sync;
  await assert.rejects(journal.add(range), 'nothing can be added after a failure');
  await journal.close();
  assert.deepEqual((await unfinished.list())[0]?.finished, []);
});

test('a line that a crash cut off, or that was changed, ends the journal', async (t) => {
  const { unfinished, ranges, path } = open(t);
  const journal = await unfinished.begin(intent, ranges);
  const finished = [rangeTo('a'), rangeTo('b')];
  for (const range of finished) await journal.add(range);
  await journal.close();
  const whole = readFileSync(path);

  truncateSync(path, whole.length - 1);
  assert.deepEqual((await unfinished.list())[0]?.finished, finished.slice(0, 1));

  writeFileSync(path, whole.toString().replaceAll('"upTo":"a"', '"upTo":"c"'));
  assert.deepEqual((await unfinished.list())[0]?.finished, []);

  truncateSync(path, 10);
  assert.deepEqual(await unfinished.list(), []);
});

test('resumed after a cut-off line, it goes on with what is good', async (t) => {
  const { unfinished, ranges, path } = open(t);
  const first = await unfinished.begin(intent, ranges);
  await first.add(rangeTo('a'));
  await first.close();
  appendFileSync(path, '0123');

  const [found] = await unfinished.list();
  assert.ok(found);
  const second = await unfinished.resume(found, ranges);
  const next = rangeTo('b');
  await second.add(next);
  await second.close();
  assert.deepEqual((await unfinished.list())[0]?.finished, [...found.finished, next]);
});

test('no two are begun under one name; one that is finished leaves nothing', async (t) => {
  const { unfinished, ranges, path } = open(t);
  const journal = await unfinished.begin(intent, ranges);
  await assert.rejects(unfinished.begin(intent, ranges), /EEXIST/);
  await journal.remove();
  assert.equal(existsSync(path), false);
  assert.deepEqual(await unfinished.list(), []);
});

test('a folder that somebody else made is durable too before anything is begun', async (t) => {
  const { unfinished, ranges, path } = open(t);
  const folder = dirname(path);
  mkdirSync(folder);
  const synced = await watchSyncs(t);
  await (await unfinished.begin(intent, ranges)).close();
  assert.ok(synced.has(dirname(folder)));
});

test('those of one second are listed in the order of their numbers', async (t) => {
  const { unfinished, ranges } = open(t);
  const time = '20261121T040000Z';
  const names = [`${time}-10`, `${time}-2`, time, '20261121T035959Z-3'];
  for (const snapshot of names) await (await unfinished.begin({ ...intent, snapshot }, ranges)).close();
  assert.deepEqual(
    (await unfinished.list()).map((each) => each.intent.snapshot),
    names.toReversed(),
  );
});
