import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import type { SnapshotDependencies, SnapshotOptions } from '../../../src/snapshot/options.ts';
import { takeSnapshot } from '../../../src/snapshot/take-snapshot.ts';
import { SnapshotRepository } from '../../../src/snapshots/repository.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { silentLog } from '../../support/silent-log.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { FakeBucket, versionOf } from './support/fake-bucket.ts';

const options: SnapshotOptions = {
  set: 'default',
  prefix: '',
  tags: {},
  note: '',
  hold: false,
  concurrency: 4,
  resume: false,
};
const serverMs = Date.UTC(2026, 10, 21, 4);

interface World {
  folder: string;
  repository: SnapshotRepository;
  warnings: string[];
  /** Takes a snapshot of a bucket with these keys, so many hours from the server's first. */
  take: (
    keys: readonly string[],
    more?: Partial<SnapshotOptions> & { hour?: number; onRequest?: () => void },
  ) => ReturnType<typeof takeSnapshot>;
}

async function open(t: TestContext): Promise<World> {
  const folder = tempDir(t);
  const clock = new ManualClock();
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (text: string) => warnings.push(text) };
  const repository = await SnapshotRepository.open({ snapshotsDir: folder, compress: false, clock, log });
  t.after(() => repository.close());
  return {
    folder,
    repository,
    warnings,
    take: (keys, { hour = 0, onRequest, ...more } = {}) => {
      const versions = keys.map((key) => versionOf(key));
      const bucket = new FakeBucket({ versions, ...(onRequest && { onRequest }) });
      bucket.serverTimeMs = async () => serverMs + hour * 3_600_000;
      const dependencies: SnapshotDependencies = {
        repository,
        bucket,
        clock,
        observer: { log, progress: () => undefined },
        signal: new AbortController().signal,
      };
      return takeSnapshot({ ...options, ...more }, dependencies);
    },
  };
}

/** What another process does to the catalogue. */
function inCatalogue(folder: string, statement: string): void {
  const raw = new Database(join(folder, 'catalogue.sqlite'));
  raw.exec(statement);
  raw.close();
}

const journals = (folder: string): string[] => readdirSync(join(folder, 'unfinished'));

test('a damaged neighbour is a warning: the snapshot exists', async (t) => {
  const { folder, repository, take, warnings } = await open(t);
  const first = await take(['a']);
  const [range] = (await repository.read(first.snapshot)).ranges;
  writeFileSync(repository.ranges.pathOf(range!.hash), 'damaged');
  const second = await take(['b'], { hour: 1 });
  assert.equal(second.existing, false);
  assert.deepEqual(
    repository.list('slave').map(({ name }) => name),
    [first.snapshot, second.snapshot],
  );
  assert.match(warnings.join(), /alone holds is not known/);
  assert.deepEqual(journals(folder), []);
});

test('a journal or a lock that cannot be removed is a warning: the snapshot exists', async (t) => {
  const { folder, repository, take, warnings } = await open(t);
  const begin = repository.unfinished.begin.bind(repository.unfinished);
  repository.unfinished.begin = async (intent, ranges) => {
    const journal = await begin(intent, ranges);
    journal.remove = async () => {
      throw new Error('no space left');
    };
    return journal;
  };
  const { snapshot } = await take(['a']);
  assert.ok((await repository.read(snapshot)).keys === 1);
  assert.match(warnings.join(), /could not be ended/);
  // And it is none that could be resumed.
  await assert.rejects(take([], { resume: true }), { code: 'SNAPSHOT_UNKNOWN' });

  inCatalogue(folder, "CREATE TRIGGER stuck BEFORE DELETE ON locks BEGIN SELECT RAISE(ABORT, 'stuck'); END");
  assert.equal((await take(['a', 'b'], { hour: 1 })).keys, 2);
});

test('a run after one that shrank does not disarm the flag; accepting it does (trap 28)', async (t) => {
  const { take } = await open(t);
  const many = Array.from({ length: 9 }, (_, n) => `k${n}`);
  const few = many.slice(0, 4);
  const flagsAt = async (hour: number, keys: string[], more: Partial<SnapshotOptions> = {}) =>
    (await take(keys, { hour, ...more })).flags;
  assert.deepEqual(await flagsAt(0, many), []);
  assert.deepEqual(await flagsAt(1, few), ['shrunk']);
  assert.deepEqual(await flagsAt(2, few), ['shrunk']);
  assert.deepEqual(await flagsAt(3, []), ['shrunk']);
  assert.deepEqual(await flagsAt(4, many), []);
  assert.deepEqual(await flagsAt(5, few, { acceptShrunk: true }), []);
  assert.deepEqual(await flagsAt(6, few), []);
  assert.deepEqual(await flagsAt(7, few.slice(3)), ['shrunk']);
});

test('an empty bucket stays flagged until it has keys, or is accepted (trap 28)', async (t) => {
  const { take } = await open(t);
  assert.deepEqual((await take([])).flags, ['empty']);
  assert.deepEqual((await take([], { hour: 1 })).flags, ['empty']);
  assert.deepEqual((await take(['a'], { hour: 2 })).flags, []);
  assert.deepEqual((await take([], { hour: 3, prefix: 'p/' })).flags, ['empty']);
  assert.deepEqual((await take([], { hour: 4, prefix: 'p/', acceptShrunk: true })).flags, []);
  assert.deepEqual((await take([], { hour: 5, prefix: 'p/' })).flags, []);
});

test('a moment before a snapshot that there is may lack what gc has deleted, and says so', async (t) => {
  const { take, warnings } = await open(t);
  await take(['a'], { atMs: serverMs - 3_600_000 });
  await take(['a'], { atMs: serverMs - 1_800_000 });
  await take(['a']);
  assert.deepEqual(warnings, []);
  await take(['a'], { atMs: serverMs - 2_700_000 });
  assert.match(warnings.join(), /never was/);
});

test('so does one after a snapshot that is being deleted, unless a complete one between them names what was current at both', async (t) => {
  const { repository, take, warnings } = await open(t);
  const deleted = await take(['a']);
  await repository.markDeleting(deleted.snapshot);
  await take(['p/a'], { hour: 1, prefix: 'p/' });
  await repository.markDeleting((await take(['q/a'], { hour: 2, prefix: 'q/' })).snapshot);
  await take(['p/a'], { hour: 3, prefix: 'p/', atMs: serverMs + 2.5 * 3_600_000 });
  assert.deepEqual(warnings, []);
  await take(['a'], { hour: 4, atMs: serverMs + 3 * 3_600_000 });
  assert.match(warnings.join(), /a snapshot before this moment is being deleted/);
  warnings.length = 0;
  await take(['a'], { hour: 6, atMs: serverMs + 5 * 3_600_000 });
  assert.deepEqual(warnings, []);
});

test('a snapshot that exists already is held if asked for; other tags and notes are told to be left out', async (t) => {
  const { repository, take, warnings } = await open(t);
  const { snapshot } = await take(['a'], { tags: { a: 'b' }, note: 'n' });
  const again = await take(['a'], { tags: { a: 'b' }, note: 'n', hold: true });
  assert.deepEqual([again.existing, again.snapshot], [true, snapshot]);
  assert.equal((await repository.read(snapshot)).held, true);
  assert.equal(repository.list('slave')[0]?.held, true);
  assert.deepEqual(warnings, []);
  await take(['a'], { tags: { a: 'c' } });
  await take(['a'], { note: 'another' });
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? '', /tags and its note stay/);
  assert.deepEqual((await repository.read(snapshot)).tags, { a: 'b' });
});

test('no manifest is written once the lock is lost', async (t) => {
  const { folder, repository, take } = await open(t);
  const onRequest = (): void => inCatalogue(folder, 'DELETE FROM locks');
  await assert.rejects(take(['a'], { onRequest }), { code: 'LOCKED' });
  assert.deepEqual(await repository.manifests.list(), []);
});

test('nor where it is lost while the ranges are made durable', async (t) => {
  const { folder, repository, take } = await open(t);
  const sync = repository.ranges.sync.bind(repository.ranges);
  repository.ranges.sync = async () => {
    await sync();
    inCatalogue(folder, 'DELETE FROM locks');
  };
  await assert.rejects(take(['a']), { code: 'LOCKED' });
  assert.deepEqual(await repository.manifests.list(), []);
});
