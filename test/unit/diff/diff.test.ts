import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { diff } from '../../../src/diff/diff.ts';
import type { Side } from '../../../src/diff/sides.ts';
import { DiffTotals } from '../../../src/diff/totals.ts';
import type { Entry } from '../../../src/index/entry.ts';
import type { Manifest } from '../../../src/index/manifest.ts';
import type { ListedVersion } from '../../../src/s3/types.ts';
import { VersionTable, type VersionRows } from '../../../src/s3/version-table.ts';
import type { SnapshotRepository } from '../../../src/snapshots/repository.ts';
import { addSnapshot, entry, openTestRepository } from '../../support/repository.ts';
import { silentLog } from '../../support/silent-log.ts';

const [first, second] = ['20261121T010000Z', '20261121T020000Z'] as const;

async function changesOf(
  repository: SnapshotRepository,
  from: Side,
  to: Side,
  { prefix = '', listed = [] }: { prefix?: string; listed?: ListedVersion[][] } = {},
): Promise<string[]> {
  const bucket = {
    async *listVersionRows(listing: { prefix?: string }): AsyncGenerator<VersionRows> {
      for (const [index, page] of listed.entries()) {
        const versions = page.filter((version) => version.key.startsWith(listing.prefix ?? ''));
        const table = VersionTable.of(versions);
        yield { table, from: 0, to: table.rows, commonPrefixes: [], isTruncated: index < listed.length - 1 };
      }
    },
  };
  const observer = { log: silentLog, progress: () => undefined };
  const { signal } = new AbortController();
  const { changes } = diff(from, to, prefix, { repository, bucket, observer, signal });
  const found = await Array.fromAsync(changes);
  return found.map(({ change, key, from: old, to: now }) =>
    [change, key, old?.versionId ?? '', now?.versionId ?? ''].join(' '),
  );
}

function listed(key: string, version: number, changes: Partial<ListedVersion> = {}): ListedVersion {
  return { ...entry(key, version), isLatest: true, isDeleteMarker: false, ...changes };
}

async function two(
  t: TestContext,
  before: Entry[],
  after: Entry[],
): Promise<{ repository: SnapshotRepository; a: Manifest; b: Manifest }> {
  const { repository } = await openTestRepository(t);
  const a = await addSnapshot(repository, first, before);
  const b = await addSnapshot(repository, second, after);
  return { repository, a, b };
}

test('two snapshots, either way round', async (t) => {
  const { repository, a, b } = await two(
    t,
    [entry('x'), entry('y'), entry('z')],
    [entry('y', 2), entry('z'), entry('é')],
  );
  assert.deepEqual(await changesOf(repository, a, b), ['removed x v1 ', 'changed y v1 v2', 'added é  v1']);
  assert.deepEqual(await changesOf(repository, b, a), ['added x  v1', 'changed y v2 v1', 'removed é v1 ']);
  assert.deepEqual(await changesOf(repository, a, b, { prefix: 'y' }), ['changed y v1 v2']);
});

test('a snapshot of a prefix is compared within it only', async (t) => {
  const { repository, a } = await two(t, [entry('a/1'), entry('b/1')], []);
  const part = await addSnapshot(repository, '20261121T030000Z', [entry('a/2')], { prefix: 'a/' });
  assert.deepEqual(await changesOf(repository, a, part), ['removed a/1 v1 ', 'added a/2  v1']);
  await assert.rejects(changesOf(repository, a, part, { prefix: 'b/' }), { code: 'USAGE' });
});

describe('live', () => {
  test('is what is current now: markers hide, and older versions do not count (traps 7 and 12)', async (t) => {
    const { repository, a } = await two(t, [entry('a'), entry('b'), entry('c')], []);
    const pages = [
      [listed('a', 1), listed('b', 9, { isDeleteMarker: true })],
      [
        listed('b', 1, { isLatest: false }),
        listed('c', 2),
        listed('c', 1, { isLatest: false }),
        listed('d', 1),
      ],
    ];
    const options = { listed: pages };
    assert.deepEqual(await changesOf(repository, a, 'live', options), [
      'removed b v1 ',
      'changed c v1 v2',
      'added d  v1',
    ]);
    assert.deepEqual(await changesOf(repository, 'live', a, options), [
      'added b  v1',
      'changed c v2 v1',
      'removed d v1 ',
    ]);
    assert.deepEqual(await changesOf(repository, a, 'live', { ...options, prefix: 'd' }), ['added d  v1']);
  });

  test('a null version that was overwritten in place has changed (trap 6)', async (t) => {
    const { repository, a } = await two(t, [entry('a', 1, { versionId: 'null' })], []);
    const options = { listed: [[listed('a', 2, { versionId: 'null' })]] };
    assert.deepEqual(await changesOf(repository, a, 'live', options), ['changed a null null']);
  });

  test('both sides live is refused', async (t) => {
    const { repository } = await openTestRepository(t);
    await assert.rejects(changesOf(repository, 'live', 'live'), { code: 'USAGE' });
  });
});

test('a snapshot that gc removes meanwhile is no damage', async (t) => {
  const { repository, a, b } = await two(t, [entry('a')], [entry('b')]);
  await repository.ranges.remove(a.ranges[0]?.hash ?? '');
  await assert.rejects(changesOf(repository, a, b), { code: 'INDEX_DAMAGED' });
  await repository.remove(first);
  await assert.rejects(changesOf(repository, a, b), { code: 'SNAPSHOT_UNKNOWN', message: new RegExp(first) });
});

test('totals count both versions of what changed', () => {
  const totals = new DiffTotals();
  totals.add({ change: 'added', key: 'a', to: entry('a', 5) });
  totals.add({ change: 'changed', key: 'b', from: entry('b', 10), to: entry('b', 100) });
  totals.add({ change: 'removed', key: 'c', from: entry('c', 1000) });
  assert.deepEqual({ ...totals }, { added: 1, removed: 1, changed: 1, bytesAdded: 105, bytesRemoved: 1010 });
});
