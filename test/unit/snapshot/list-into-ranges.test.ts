import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareKeys } from '../../../src/key-order.ts';
import type { Progress } from '../../../src/observer.ts';
import type { ListedVersion } from '../../../src/s3/types.ts';
import { VersionTable } from '../../../src/s3/version-table.ts';
import { AsOfSelector } from '../../../src/snapshot/as-of.ts';
import type { FinishedRange } from '../../../src/snapshots/unfinished.ts';
import { entryAt } from '../../../src/index/tabulate.ts';
import { Random } from '../../support/random.ts';
import { anyKey, expectedRanges, inFolder } from '../index/support.ts';
import { FakeBucket, versionOf } from './support/fake-bucket.ts';
import { list } from './support/listing.ts';

const cutBits = 3;

/** The slow reference: all versions at once, in order. */
function rangesOf(versions: readonly ListedVersion[]) {
  const table = VersionTable.of(versions);
  const selector = new AsOfSelector(10_000);
  const rows = selector.push(table, 0, table.rows);
  const last = selector.finish();
  const entries = [...Array.from(rows, (row) => entryAt(table, row)), ...(last === undefined ? [] : [last])];
  return expectedRanges(entries, cutBits);
}

/** Keys with one to thirty versions, some deleted, some younger than the as-of time. */
const anyVersions = fc
  .uniqueArray(
    fc.record({
      key: fc.oneof(
        anyKey,
        fc
          .tuple(fc.constantFrom('folder', '\u{10FFFF}', 'a\u{10FFFF}\u{10FFFF}'), fc.nat(500))
          .map(([folder, n]) => `${folder}/${String(n).padStart(5, '0')}`),
      ),
      ages: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 }),
      repeats: fc.constantFrom(1, 1, 1, 10),
      isDeleted: fc.boolean(),
    }),
    { selector: ({ key }) => key, maxLength: 200, size: 'max' },
  )
  .map((keys) =>
    keys
      .toSorted((a, b) => compareKeys(a.key, b.key))
      .flatMap(({ key, ages, repeats, isDeleted }) =>
        Array.from({ length: repeats }, () => ages)
          .flat()
          .toSorted((a, b) => b - a)
          .map((second, place) =>
            versionOf(key, {
              versionId: `v${place}`,
              isLatest: place === 0,
              isDeleteMarker: place === 0 && isDeleted,
              lastModifiedMs: second * 1000,
            }),
          ),
      ),
  );

/** Any cuts of the previous snapshot, whether such keys exist or not. */
const anyPrevious = fc
  .uniqueArray(fc.record({ lastKey: anyKey, entries: fc.integer({ min: 1, max: 10_000 }) }), {
    selector: ({ lastKey }) => lastKey,
    maxLength: 10,
  })
  .map((ranges) =>
    ranges
      .toSorted((a, b) => compareKeys(a.lastKey, b.lastKey))
      .map((range) => ({ ...range, hash: '', firstKey: range.lastKey, sizeBytes: 0, plainBytes: 1 })),
  );

test('the ranges are the same whatever the split, the concurrency or the paging', async () => {
  const run = fc.record({
    versions: anyVersions,
    previous: anyPrevious,
    concurrency: fc.integer({ min: 1, max: 20 }),
    pageSize: fc.integer({ min: 1, max: 30 }),
    journalEveryPages: fc.integer({ min: 1, max: 4 }),
    seed: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(run, async ({ versions, seed, ...request }) => {
      const random = new Random(seed);
      await inFolder(async (folder) => {
        const bucket = new FakeBucket({ versions, turns: () => random.below(4) });
        const { ranges, keys, bytes } = await list({ folder, bucket, request });
        const expected = rangesOf(versions);
        assert.deepEqual(ranges, expected);
        assert.equal(
          keys,
          expected.reduce((sum, range) => sum + range.entries, 0),
        );
        assert.equal(
          bytes,
          expected.reduce((sum, range) => sum + range.sizeBytes, 0),
        );
        assert.ok(bucket.mostInFlight <= request.concurrency);
        assert.deepEqual(temporaryFiles(folder), []);
      });
    }),
    { numRuns: 60 },
  );
});

test('broken off at any request and resumed until done: the same ranges', async () => {
  const run = fc.record({
    versions: anyVersions,
    concurrency: fc.integer({ min: 1, max: 8 }),
    breaks: fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 6 }),
    seed: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(run, async ({ versions, concurrency, breaks, seed }) => {
      const random = new Random(seed);
      await inFolder(async (folder) => {
        const finished: FinishedRange[] = [];
        const attempt = (onRequest: (count: number) => void) =>
          list({
            folder,
            bucket: new FakeBucket({ versions, turns: () => random.below(4), onRequest }),
            request: {
              concurrency,
              finished: [...finished],
              onFinished: async (range) => void finished.push(range),
            },
          });
        for (const limit of breaks) {
          const broken = new Error('the server went away');
          const isDone = await attempt((count) => {
            if (count === limit) throw broken;
          }).then(
            () => true,
            (error: unknown) => {
              assert.equal(error, broken);
              return false;
            },
          );
          // All is finished, as where a run is killed before it has written its manifest.
          if (isDone) break;
        }
        assert.deepEqual((await attempt(() => undefined)).ranges, rangesOf(versions));
        assert.deepEqual(temporaryFiles(folder), []);
      });
    }),
    { numRuns: 60 },
  );
});

test('lists a prefix, and nothing beside it (trap 8)', () =>
  inFolder(async (folder) => {
    const versions = ['a/1', 'b', 'b/1', 'b/2', 'b0', 'c/1'].map((key) => versionOf(key));
    const bucket = new FakeBucket({ versions });
    const { ranges } = await list({ folder, bucket, request: { prefix: 'b/', pageSize: 1 } });
    assert.deepEqual(ranges, rangesOf(versions.slice(2, 4)));
  }));

test('keys with U+10FFFF, beyond which nothing sorts, are listed once', () =>
  inFolder(async (folder) => {
    const versions = Array.from({ length: 6000 }, (_, n) =>
      versionOf(`dir/\u{10FFFF}/${String(n).padStart(5, '0')}`),
    );
    const bucket = new FakeBucket({ versions });
    const { ranges, keys } = await list({ folder, bucket, request: { pageSize: 1000 } });
    assert.equal(keys, versions.length);
    assert.deepEqual(ranges, rangesOf(versions));
  }));

test('an empty bucket takes one request and gives no range', () =>
  inFolder(async (folder) => {
    const result = await list({ folder, bucket: new FakeBucket({ versions: [] }) });
    assert.deepEqual(result.ranges, []);
    assert.equal(result.requests, 1);
  }));

test('stops when it is told to, with the reason given', () =>
  inFolder(async (folder) => {
    const controller = new AbortController();
    const versions = Array.from({ length: 500 }, (_, n) => versionOf(`k${String(n).padStart(4, '0')}`));
    const reason = new Error('interrupted');
    const bucket = new FakeBucket({
      versions,
      onRequest: (count) => {
        if (count === 20) controller.abort(reason);
      },
    });
    await assert.rejects(list({ folder, bucket, signal: controller.signal }), reason);
    assert.ok(bucket.requests < 30, `${bucket.requests} requests`);
  }));

test('tells how far it has come: keys, requests in flight, and the previous snapshot as the estimate', () =>
  inFolder(async (folder) => {
    const versions = Array.from({ length: 100 }, (_, n) => versionOf(`k${String(n).padStart(4, '0')}`));
    const previous = [
      { hash: '', firstKey: 'a', lastKey: 'k0040', entries: 80, sizeBytes: 0, plainBytes: 1 },
    ];
    const told: Progress[] = [];
    const bucket = new FakeBucket({ versions });
    await list({ folder, bucket, request: { previous }, progress: (progress) => told.push(progress) });
    const last = told.at(-1);
    assert.equal(last?.phase, 'listing');
    assert.equal(last.done, 100);
    assert.equal(last.total, 80);
    assert.ok(told.some(({ requestsInFlight = 0 }) => requestsInFlight > 0));
  }));

function temporaryFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.includes('.tmp-'))
    .map((name) => join(folder, name));
}
