import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkOrphans } from '../../../../src/gc/orphans/check.ts';
import { Coverage } from '../../../../src/gc/orphans/coverage.ts';
import type { Orphan } from '../../../../src/gc/orphans/orphan.ts';
import { defaultMargins } from '../../../../src/gc/safety.ts';
import { compareKeys } from '../../../../src/key-order.ts';
import type { ListedVersion, VersionPage } from '../../../../src/s3/types.ts';
import { manifestOf } from '../../../support/manifests.ts';
import { entry } from '../../../support/repository.ts';

const snapshots = [manifestOf('20261121T040000Z')];
const coverage = new Coverage(snapshots, snapshots, defaultMargins, Date.parse('2026-12-21T04:00:00Z'));
const options = { isTimeUp: () => false, signal: new AbortController().signal };

function orphan(key: string, version: number, isDeleteMarker = false): Orphan {
  return { ...entry(key, version), isDeleteMarker };
}

function listed(key: string, version: number, isLatest: boolean, isDeleteMarker = false): ListedVersion {
  return { ...entry(key, version), isLatest, isDeleteMarker };
}

/** Counts the pages it lists. */
function bucketOf(versions: readonly ListedVersion[], mostPerPage = 1000) {
  const bucket = {
    pages: 0,
    async *listVersions({ after = '', pageSize = 1000 }): AsyncGenerator<VersionPage> {
      const size = Math.min(pageSize, mostPerPage);
      const rest = versions.filter(({ key }) => after === '' || compareKeys(key, after) > 0);
      for (let at = 0; at < Math.max(1, rest.length); at += size) {
        bucket.pages += 1;
        yield {
          versions: rest.slice(at, at + size),
          commonPrefixes: [],
          isTruncated: at + size < rest.length,
        };
      }
    },
  };
  return bucket;
}

test('several of one key are found in one listing; what changed since the mark is spared (traps 7 and 12)', async () => {
  const bucket = bucketOf([
    listed('a', 5, true),
    listed('a', 4, false),
    listed('a', 3, false),
    // What was above it was deleted by hand.
    listed('b', 2, true),
    // A version has arrived beneath the marker.
    listed('c', 3, true, true),
    listed('c', 1, false),
    listed('d', 3, true, true),
  ]);
  const marked = [
    orphan('a', 4),
    orphan('a', 3),
    orphan('a', 2),
    orphan('b', 2),
    orphan('c', 3, true),
    orphan('d', 3, true),
  ];
  const { checked, deletable } = await checkOrphans(marked, bucket, coverage, options);
  assert.equal(checked, 6);
  assert.deepEqual(
    deletable.map(({ key, versionId }) => `${key} ${versionId}`),
    ['a v4', 'a v3', 'd v3'],
  );
});

test('a key that is listed once more, for its many versions, counts once; where time is up the rest is left', async () => {
  const many = Array.from({ length: 120 }, (_, i) => listed('b', 200 - i, i === 0));
  const bucket = bucketOf([listed('a', 2, true), listed('a', 1, false), ...many, listed('c', 1, true)], 60);
  const marked = [orphan('a', 1), orphan('b', 150), orphan('c', 1)];
  const whole = await checkOrphans(marked, bucket, coverage, options);
  assert.deepEqual(
    whole.deletable.map(({ key }) => key),
    ['a', 'b'],
  );
  const apart = [
    ...Array.from({ length: 50 }, (_, i) => listed(`k${i}`, 1, true)),
    listed('z', 2, true),
    listed('z', 1, false),
  ];
  const sorted = apart.toSorted((a, b) => compareKeys(a.key, b.key));
  const part = await checkOrphans(
    [orphan('k0', 1), orphan('k5', 1), orphan('z', 1)],
    bucketOf(sorted, 3),
    coverage,
    {
      ...options,
      isTimeUp: () => true,
    },
  );
  assert.equal(part.checked, 1);
});
