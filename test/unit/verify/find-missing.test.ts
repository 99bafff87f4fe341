import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Entry } from '../../../src/index/entry.ts';
import { compareKeys } from '../../../src/key-order.ts';
import type { ListedVersion, VersionPage } from '../../../src/s3/types.ts';
import { findMissing, type MissingVersion } from '../../../src/verify/find-missing.ts';
import { entry } from '../../support/repository.ts';
import { inBatches } from '../index/support.ts';

async function* pagesOf(versions: readonly ListedVersion[], size: number): AsyncGenerator<VersionPage> {
  for (let at = 0; at < versions.length; at += size) {
    const isTruncated = at + size < versions.length;
    yield { versions: versions.slice(at, at + size), commonPrefixes: [], isTruncated };
  }
}

async function missingOf(
  entries: readonly Entry[],
  listed: readonly ListedVersion[],
  { batches = [1], pageSize = 2 } = {},
): Promise<{ checked: number; missing: MissingVersion[] }> {
  const result = { checked: 0, missing: [] as MissingVersion[] };
  for await (const decided of findMissing(inBatches(entries, batches), pagesOf(listed, pageSize))) {
    result.checked += decided.entries;
    result.missing.push(...decided.missing);
  }
  return result;
}

function listed(key: string, version: number, changes: Partial<ListedVersion> = {}): ListedVersion {
  return { ...entry(key, version), isLatest: false, isDeleteMarker: false, ...changes };
}

test('finds what a look-up of each entry finds, whatever the pages and batches', async () => {
  const versionOf = fc.record({
    key: fc.integer({ min: 10, max: 40 }),
    version: fc.integer({ min: 1, max: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(versionOf, { selector: (each) => each.key }),
      fc.uniqueArray(versionOf, {
        selector: ({ key, version }) => `${key} ${version}`,
        maxLength: 60,
        size: 'max',
      }),
      fc.array(fc.nat(5), { maxLength: 8 }),
      fc.integer({ min: 1, max: 7 }),
      async (named, present, batches, pageSize) => {
        const byKey = (a: { key: string }, b: { key: string }): number => compareKeys(a.key, b.key);
        const entries = named.map(({ key, version }) => entry(`k${key}`, version)).sort(byKey);
        const versions = present.map(({ key, version }) => listed(`k${key}`, version)).sort(byKey);
        const ids = new Set(versions.map(({ key, versionId }) => `${key} ${versionId}`));
        const expected = entries
          .filter(({ key, versionId }) => !ids.has(`${key} ${versionId}`))
          .map(({ key, versionId }) => ({ key, versionId, reason: 'missing' }));
        const { checked, missing } = await missingOf(entries, versions, { batches, pageSize });
        assert.deepEqual([checked, missing], [entries.length, expected]);
      },
    ),
    { numRuns: 500 },
  );
});

describe('what does not count as the version', () => {
  const cases: [name: string, entry: Entry, listed: ListedVersion, reason: string][] = [
    ['a delete marker', entry('a'), listed('a', 1, { isDeleteMarker: true }), 'missing'],
    ['another version of the key', entry('a', 1), listed('a', 2), 'missing'],
    [
      'a null version that was overwritten (trap 6)',
      entry('a', 1, { versionId: 'null' }),
      listed('a', 2, { versionId: 'null' }),
      'overwritten',
    ],
    ['a null version beside another id', entry('a', 1), listed('a', 1, { versionId: 'null' }), 'missing'],
  ];
  for (const [name, named, present, reason] of cases) {
    test(name, async () => {
      const { missing } = await missingOf([named], [present]);
      assert.deepEqual(missing, [{ key: 'a', versionId: named.versionId, reason }]);
    });
  }
});

test('lists no further than the last entry', async () => {
  const versions = Array.from({ length: 100 }, (_, i) => listed(`k${100 + i}`, 1));
  let pages = 0;
  async function* counted(): AsyncGenerator<VersionPage> {
    for await (const page of pagesOf(versions, 10)) {
      pages += 1;
      yield page;
    }
  }
  const entries = inBatches([entry('k105'), entry('k112')], [1, 1]);
  const decided = await Array.fromAsync(findMissing(entries, counted()));
  assert.deepEqual(
    decided.flatMap((each) => each.missing),
    [],
  );
  assert.equal(pages, 2);
});
