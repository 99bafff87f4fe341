import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareKeys } from '../../../src/key-order.ts';
import { AsOfSelector } from '../../../src/snapshot/as-of.ts';
import type { ListedVersion } from '../../../src/s3/types.ts';
import { VersionTable } from '../../../src/s3/version-table.ts';

const asOfMs = 10_000;

function version(
  key: string,
  versionId: string,
  lastModifiedMs: number,
  changes: Partial<ListedVersion> = {},
) {
  return {
    key,
    versionId,
    isLatest: false,
    isDeleteMarker: false,
    lastModifiedMs,
    etag: 'e',
    sizeBytes: 1,
    storageClass: 'STANDARD',
    ...changes,
  };
}

/** @param pageSize how many come at once */
function select(versions: ListedVersion[], pageSize = versions.length): string[] {
  const selected: string[] = [];
  const note = (version: { key: string; versionId: string } | undefined): void => {
    if (version !== undefined) selected.push(`${version.key}@${version.versionId}`);
  };
  const selector = new AsOfSelector(asOfMs);
  for (let at = 0; at < versions.length; at += pageSize) {
    // Each page in the place of the one before, which is gone then.
    const table = VersionTable.of([
      ...versions.slice(0, at > 0 ? 1 : 0),
      ...versions.slice(at, at + pageSize),
    ]);
    for (const row of selector.push(table, at > 0 ? 1 : 0, table.rows)) note(table.at(row));
    table.page.bytes.fill(0);
    table.clear();
  }
  note(selector.finish());
  return selected;
}

test('takes the newest version that is not after the as-of time', () => {
  assert.deepEqual(
    select([
      version('a', '3', 11_000, { isLatest: true }),
      version('a', '2', 10_000),
      version('a', '1', 9_000),
      version('b', '1', 11_000, { isLatest: true }),
    ]),
    ['a@2'],
  );
});

test('a version of the as-of second is part of it, whatever its milliseconds (trap 33)', () => {
  assert.deepEqual(select([version('a', '1', 10_999, { isLatest: true })]), ['a@1']);
});

test('of versions of one second the first listed is the newest (trap 3)', () => {
  assert.deepEqual(select([version('a', '2', 10_000, { isLatest: true }), version('a', '1', 10_000)]), [
    'a@2',
  ]);
});

test('a key that was deleted then is not in it; one deleted later is', () => {
  const marker = { isDeleteMarker: true, isLatest: true };
  assert.deepEqual(select([version('a', '2', 9_500, marker), version('a', '1', 9_000)]), []);
  assert.deepEqual(select([version('a', '2', 11_000, marker), version('a', '1', 9_000)]), ['a@1']);
});

test('recognises a store that lists the oldest version first (trap 7)', () => {
  assert.deepEqual(
    select([
      version('a', '1', 8_000),
      version('a', '2', 9_000),
      version('a', '3', 11_000, { isLatest: true }),
      version('b', '1', 8_000, { isLatest: true }),
    ]),
    ['a@2', 'b@1'],
  );
});

test('agrees with a model that collects the versions of each key', () => {
  const key = fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    versions: fc.array(
      fc.record({ timeMs: fc.integer({ min: 0, max: 20_000 }), isDeleteMarker: fc.boolean() }),
      {
        minLength: 1,
      },
    ),
  });
  const listing = fc
    .uniqueArray(key, { selector: (each) => each.key })
    .map((keys) => keys.toSorted((a, b) => compareKeys(a.key, b.key)));
  fc.assert(
    fc.property(listing, fc.boolean(), fc.integer({ min: 1, max: 20 }), (keys, oldestFirst, pageSize) => {
      const listed: ListedVersion[] = [];
      const expected: string[] = [];
      for (const { key, versions } of keys) {
        const newestFirst = versions
          .toSorted((a, b) => b.timeMs - a.timeMs)
          .map((each, index) =>
            version(key, String(index), each.timeMs, {
              isLatest: index === 0,
              isDeleteMarker: each.isDeleteMarker,
            }),
          );
        listed.push(...(oldestFirst ? newestFirst.toReversed() : newestFirst));
        const newest = newestFirst.find((each) => Math.floor(each.lastModifiedMs / 1000) * 1000 <= asOfMs);
        if (newest !== undefined && !newest.isDeleteMarker) expected.push(`${key}@${newest.versionId}`);
      }
      assert.deepEqual(select(listed, pageSize), expected);
    }),
  );
});
