import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkCandidates } from '../../../src/gc/check.ts';
import type { Finding } from '../../../src/gc/safety.ts';
import type { Entry } from '../../../src/index/entry.ts';
import { compareKeys } from '../../../src/key-order.ts';
import type { ListedVersion, VersionPage } from '../../../src/s3/types.ts';

function version(key: string, versionId: string, isLatest: boolean, isDeleteMarker = false): ListedVersion {
  const etag = isDeleteMarker ? '' : 'e';
  return {
    key,
    versionId,
    isLatest,
    isDeleteMarker,
    etag,
    lastModifiedMs: 0,
    sizeBytes: 1,
    storageClass: 'STANDARD',
  };
}

function entry(key: string, versionId: string, etag = 'e'): Entry {
  return { key, versionId, etag, lastModifiedMs: 0, sizeBytes: 1, storageClass: 'STANDARD' };
}

/** A bucket that is listed in pages of a given size, and counts them. */
class Bucket {
  readonly versions: ListedVersion[];
  readonly pageSize: number;
  pages = 0;

  constructor(versions: ListedVersion[], pageSize: number) {
    this.versions = versions.toSorted((a, b) => compareKeys(a.key, b.key));
    this.pageSize = pageSize;
  }

  async *listVersions({ after = '' }: { after?: string }): AsyncGenerator<VersionPage> {
    const rest = this.versions.filter((each) => after === '' || compareKeys(each.key, after) > 0);
    for (let at = 0; at < Math.max(1, rest.length); at += this.pageSize) {
      this.pages += 1;
      const isTruncated = at + this.pageSize < rest.length;
      yield { versions: rest.slice(at, at + this.pageSize), commonPrefixes: [], isTruncated };
    }
  }
}

const bornUpToMs = 10_000;
const options = { bornUpToMs, isTimeUp: () => false, signal: new AbortController().signal };

async function findingsOf(candidates: readonly Entry[], bucket: Bucket): Promise<Finding[]> {
  return (await checkCandidates(candidates, bucket, options)).map(({ finding }) => finding);
}

test('tells current, deletable and missing versions apart', async () => {
  const bucket = new Bucket(
    [
      version('a', '2', true),
      version('a', '1', false),
      version('b', '9', true, true),
      version('b', '1', false),
    ],
    2,
  );
  const candidates = [entry('a', '2'), entry('b', '1'), entry('c', '1')];
  assert.deepEqual(await findingsOf(candidates, bucket), ['current', 'deletable', 'missing']);
});

test('a null version that was overwritten since is another object, and so missing (trap 6)', async () => {
  const bucket = new Bucket([version('a', '5', true), version('a', 'null', false)], 10);
  assert.deepEqual(await findingsOf([entry('a', 'null', 'other')], bucket), ['missing']);
  assert.deepEqual(await findingsOf([entry('a', 'null')], bucket), ['deletable']);
});

test('a version younger than the margin waits, and the storage class is that of now (trap 3)', async () => {
  const old = { ...version('a', '1', false), lastModifiedMs: bornUpToMs, storageClass: 'DEEP_ARCHIVE' };
  const young = { ...version('b', '1', false), lastModifiedMs: bornUpToMs + 1 };
  const bucket = new Bucket([version('a', '2', true), old, version('b', '2', true), young], 10);
  const candidates = [entry('a', '1'), entry('b', '1')];
  assert.deepEqual(await checkCandidates(candidates, bucket, options), [
    { finding: 'deletable', storageClass: 'DEEP_ARCHIVE' },
    { finding: 'young' },
  ]);
});

test('where time is up it ends with what it has found, at least one', async () => {
  const keys = Array.from({ length: 30 }, (_, i) => `k${String(i).padStart(2, '0')}`);
  const bucket = new Bucket(
    keys.map((key) => version(key, '1', false)),
    3,
  );
  const candidates = ['k00', 'k10', 'k20'].map((key) => entry(key, '1'));
  const checked = await checkCandidates(candidates, bucket, { ...options, isTimeUp: () => true });
  assert.deepEqual(
    checked.map(({ finding }) => finding),
    ['deletable'],
  );
});

test('jumps over what lies between two candidates', async () => {
  const versions = Array.from({ length: 10_000 }, (_, i) =>
    version(`k${String(i).padStart(5, '0')}`, '1', false),
  );
  const bucket = new Bucket(versions, 100);
  await findingsOf([entry('k00010', '1'), entry('k09000', '1')], bucket);
  assert.ok(bucket.pages <= 3, `${bucket.pages} pages`);
});

test('agrees with a look at the whole bucket, whatever the pages', async () => {
  const key = fc.string({
    unit: fc.constantFrom('a', 'b', '\u{1F600}', '\uFFFD', ' '),
    minLength: 1,
    maxLength: 3,
  });
  const keys = fc.uniqueArray(fc.record({ key, count: fc.integer({ min: 1, max: 9 }) }), {
    selector: (each) => each.key,
    maxLength: 30,
  });
  const wanted = fc.uniqueArray(fc.record({ key, id: fc.integer({ min: 1, max: 9 }) }), {
    selector: (each) => each.key,
  });
  await fc.assert(
    fc.asyncProperty(
      keys,
      wanted,
      fc.integer({ min: 1, max: 7 }),
      async (bucketKeys, candidates, pageSize) => {
        const versions = bucketKeys.flatMap((each) =>
          Array.from({ length: each.count }, (_, i) => version(each.key, String(each.count - i), i === 0)),
        );
        const entries = candidates
          .map((each) => entry(each.key, String(each.id)))
          .toSorted((a, b) => compareKeys(a.key, b.key));
        const expected = entries.map((each): Finding => {
          const found = versions.find(
            (other) => other.key === each.key && other.versionId === each.versionId,
          );
          if (found === undefined) return 'missing';
          return found.isLatest ? 'current' : 'deletable';
        });
        assert.deepEqual(await findingsOf(entries, new Bucket(versions, pageSize)), expected);
      },
    ),
  );
});
