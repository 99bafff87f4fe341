import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { findKeys, type FindIndex, type Unreadable } from '../../../src/find/find.ts';
import { Glob } from '../../../src/glob.ts';
import type { Entry } from '../../../src/index/entry.ts';
import { addSnapshot, entry, openTestRepository } from '../../support/repository.ts';
import { MemoryRanges, byKey, manifestOf } from '../index/support.ts';

function nameOf(hour: number): string {
  return `20261121T${String(hour).padStart(2, '0')}0000Z`;
}

type Found = [key: string, versions: [versionId: string, snapshots: string[]][]];

async function find(
  pattern: string,
  index: FindIndex,
  snapshots: string[],
): Promise<{ found: Found[]; unreadable: Unreadable[] }> {
  const unreadable: Unreadable[] = [];
  const options = {
    glob: new Glob(pattern),
    snapshots,
    onUnreadable: (each: Unreadable) => unreadable.push(each),
    signal: new AbortController().signal,
  };
  const found: Found[] = [];
  for await (const { key, versions } of findKeys(options, index)) {
    found.push([key, versions.map((version) => [version.entry.versionId, version.snapshots])]);
  }
  return { found, unreadable };
}

/** Snapshots in memory, one an hour; `ranges.opened` counts what is read. */
function indexOf(snapshots: readonly Entry[][]): { index: FindIndex; names: string[]; ranges: MemoryRanges } {
  const ranges = new MemoryRanges();
  const manifests = new Map(
    snapshots.map((entries, hour) => [nameOf(hour), manifestOf(ranges.add(entries.toSorted(byKey)).ranges)]),
  );
  const read = async (name: string) => manifests.get(name) ?? assert.fail(name);
  const names = [...manifests.keys()];
  return { index: { manifests: { read, list: async () => names }, ranges }, names, ranges };
}

const contents = fc.array(
  fc.uniqueArray(fc.record({ key: fc.nat(60), version: fc.integer({ min: 1, max: 3 }) }), {
    selector: (each) => each.key,
  }),
  { minLength: 1, maxLength: 6 },
);

test('finds what a look at all entries of all snapshots does, in order', async () => {
  const patterns = fc.constantFrom('*', 'k1*', 'k12', 'k?', '*5', 'zz');
  await fc.assert(
    fc.asyncProperty(contents, patterns, async (chosen, pattern) => {
      const snapshots = chosen.map((each) => each.map(({ key, version }) => entry(`k${key}`, version)));
      const { index, names } = indexOf(snapshots);
      const expected = new Map<string, Map<string, string[]>>();
      for (const [hour, entries] of snapshots.entries()) {
        for (const { key, versionId } of entries) {
          const versions = expected.get(key) ?? new Map<string, string[]>();
          versions.set(versionId, [...(versions.get(versionId) ?? []), nameOf(hour)]);
          expected.set(key, versions);
        }
      }
      const glob = new Glob(pattern);
      const sorted = [...expected]
        .filter(([key]) => glob.matches(key))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, versions]) => [key, [...versions]]);
      assert.deepEqual((await find(pattern, index, names)).found, sorted);
    }),
    { numRuns: 300 },
  );
});

test('reads a range that snapshots share once, and none that cannot hold a match', async () => {
  const entries = Array.from({ length: 200 }, (_, i) => entry(`k${String(i).padStart(3, '0')}`));
  const { index, names, ranges } = indexOf([entries, entries, entries]);
  assert.equal((await find('*', index, names)).found.length, 200);
  const all = ranges.opened.length;
  assert.ok(all > 10);
  assert.equal(new Set(ranges.opened).size, all);
  ranges.opened.length = 0;
  assert.deepEqual((await find('k100', index, names)).found, [['k100', [['v1', names]]]]);
  assert.equal(ranges.opened.length, 1);
  ranges.opened.length = 0;
  assert.equal((await find('k10?', index, names)).found.length, 10);
  assert.ok(ranges.opened.length < all / 2);
});

test('a null version that was overwritten is another version (trap 6)', async (t) => {
  const { repository } = await openTestRepository(t);
  await addSnapshot(repository, nameOf(1), [entry('a', 1, { versionId: 'null' })]);
  await addSnapshot(repository, nameOf(2), [entry('a', 2, { versionId: 'null' })]);
  const { found } = await find('a', repository, [nameOf(1), nameOf(2)]);
  assert.deepEqual(found, [
    [
      'a',
      [
        ['null', [nameOf(1)]],
        ['null', [nameOf(2)]],
      ],
    ],
  ]);
});

test('what is damaged is reported, and the rest found', async (t) => {
  const { repository, folder } = await openTestRepository(t);
  await addSnapshot(repository, nameOf(1), [entry('a', 1)]);
  await addSnapshot(repository, nameOf(2), [entry('a', 2)]);
  const [range] = (await repository.read(nameOf(1))).ranges;
  await repository.ranges.remove(range?.hash ?? '');
  const damaged = await find('a', repository, [nameOf(1), nameOf(2)]);
  assert.deepEqual(damaged.found, [['a', [['v2', [nameOf(2)]]]]]);
  assert.deepEqual(
    damaged.unreadable.map((each) => each.snapshots),
    [[nameOf(1)]],
  );
  // Removed by gc while the search runs: no damage.
  rmSync(join(folder, 'manifests', `${nameOf(1)}.json`));
  assert.deepEqual((await find('a', repository, [nameOf(1), nameOf(2)])).unreadable, []);
});
