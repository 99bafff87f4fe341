import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Coverage } from '../../../../src/gc/orphans/coverage.ts';
import { findOrphans } from '../../../../src/gc/orphans/find.ts';
import { NamedVersions } from '../../../../src/gc/orphans/named.ts';
import { defaultMargins } from '../../../../src/gc/safety.ts';
import type { Entry } from '../../../../src/index/entry.ts';
import { compareKeys } from '../../../../src/key-order.ts';
import type { ListedVersion, VersionListing, VersionPage } from '../../../../src/s3/types.ts';
import { addSnapshot, entry, openTestRepository } from '../../../support/repository.ts';
import { Random } from '../../../support/random.ts';
import { silentLog } from '../../../support/silent-log.ts';

const dayMs = 86_400_000;
const firstMs = Date.parse('2026-11-01T00:00:00Z');
const keyCount = 600;

/** A bucket with a version of each of some keys on each day, in pages of 100. */
function bucketOf(versions: readonly ListedVersion[]) {
  const sorted = versions.toSorted(
    (a, b) => compareKeys(a.key, b.key) || b.lastModifiedMs - a.lastModifiedMs,
  );
  return {
    async *listVersions(listing: Omit<VersionListing, 'bucket'>): AsyncGenerator<VersionPage> {
      const { prefix = '', after, upTo } = listing;
      const wanted = sorted.filter(
        ({ key }) =>
          key.startsWith(prefix) &&
          (after === undefined || compareKeys(key, after) > 0) &&
          (upTo === undefined || compareKeys(key, upTo) <= 0),
      );
      for (let at = 0; at < wanted.length; at += 100) {
        const page = wanted.slice(at, at + 100);
        yield { versions: page, commonPrefixes: [], isTruncated: at + 100 < wanted.length };
      }
    },
  };
}

test('finds what no snapshot names, whatever the slices, ranges and shared ranges', async (t) => {
  const { repository } = await openTestRepository(t);
  const random = new Random(3);
  const versions: ListedVersion[] = [];
  const newest = new Map<string, Entry>();
  const current = new Map<string, ListedVersion>();
  const named = new Set<string>();
  const manifests = [];
  for (let day = 0; day < 6; day++) {
    for (let i = 0; i < keyCount; i++) {
      if (day > 0 && random.below(4) > 0) continue;
      const key = `k${String(i).padStart(5, '0')}`;
      const made = entry(key, day + 1, { lastModifiedMs: firstMs + day * dayMs });
      const below = current.get(key);
      if (below !== undefined) below.isLatest = false;
      const version = { ...made, isLatest: true, isDeleteMarker: false };
      current.set(key, version);
      versions.push(version);
      newest.set(key, made);
    }
    if (day % 2 === 1) continue;
    const name = new Date(firstMs + day * dayMs + 1000)
      .toISOString()
      .replace(/\.\d+/, '')
      .replaceAll(/[-:]/g, '');
    const entries = [...newest.values()];
    for (const { key, versionId } of entries) named.add(`${key} ${versionId}`);
    manifests.push(await addSnapshot(repository, name, entries));
  }
  const found: string[] = [];
  const totals = await findOrphans(
    {
      coverage: new Coverage(manifests, manifests, defaultMargins, firstMs + 30 * dayMs),
      named: new NamedVersions(manifests, repository.ranges),
      found: async (orphans) =>
        void found.push(...orphans.map(({ key, versionId }) => `${key} ${versionId}`)),
      concurrency: 3,
    },
    {
      bucket: bucketOf(versions),
      observer: { log: silentLog, progress: () => undefined },
      signal: new AbortController().signal,
    },
  );
  // Those of the last day are younger than the newest snapshot, or current at its time.
  const asOfMs = Math.max(...manifests.map(({ asOf }) => Date.parse(asOf)));
  const expected = versions
    .filter(({ key, versionId, isLatest, lastModifiedMs }) => {
      const isOld = lastModifiedMs <= asOfMs;
      return isOld && !isLatest && !named.has(`${key} ${versionId}`);
    })
    .map(({ key, versionId }) => `${key} ${versionId}`);
  assert.ok(expected.length > 50);
  assert.deepEqual(found.sort(), expected.sort());
  assert.deepEqual(totals, { listed: versions.length, orphans: expected.length, unclearKeys: 0 });
});
