import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { diffManifests } from '../../../src/index/diff.ts';
import type { Change } from '../../../src/index/diff.ts';
import type { Entry } from '../../../src/index/entry.ts';
import { isSameVersion } from '../../../src/index/version-identity.ts';
import { MemoryRanges, anyEntries, anyKey, byKey, collect, entryOf, numberedEntries } from './support.ts';

/** By the definition: every key of either, compared. */
function slowDiff(from: Entry[], to: Entry[], prefix: string): Change[] {
  const before = new Map(from.map((entry) => [entry.key, entry]));
  const after = new Map(to.map((entry) => [entry.key, entry]));
  const changes: Change[] = [];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const a = before.get(key);
    const b = after.get(key);
    if (!key.startsWith(prefix)) continue;
    if (!a && b) changes.push({ change: 'added', key, to: b });
    if (a && !b) changes.push({ change: 'removed', key, from: a });
    if (a && b && !isSameVersion(a, b)) changes.push({ change: 'changed', key, from: a, to: b });
  }
  return changes.sort(byKey);
}

/** Two snapshots that share most of their entries. */
const anyPair = fc
  .tuple(anyEntries, anyEntries, fc.array(fc.constantFrom('keep', 'drop', 'rewrite'), { maxLength: 40 }))
  .map(([shared, others, edits]) => {
    const edited = shared.flatMap((entry, n) => {
      const edit = edits[n] ?? 'keep';
      if (edit === 'drop') return [];
      return [edit === 'rewrite' ? { ...entry, etag: `${entry.etag}!`, versionId: entry.versionId } : entry];
    });
    const known = new Set(edited.map((entry) => entry.key));
    const more = others.slice(0, 3).filter((entry) => !known.has(entry.key));
    return { from: shared, to: [...edited, ...more].sort(byKey) };
  });

test('the diff of ranges is the diff of entries', async () => {
  const anyPrefix = fc.oneof(
    { weight: 3, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: anyKey },
    fc.constant('a'),
  );
  await fc.assert(
    fc.asyncProperty(anyPair, anyPrefix, fc.nat(3), async ({ from, to }, prefix, cutBits) => {
      const store = new MemoryRanges();
      const a = store.add(from, cutBits);
      const b = store.add(to, cutBits);
      assert.deepEqual(await collect(diffManifests(a, b, store, { prefix })), slowDiff(from, to, prefix));
      const shared = a.ranges.filter((ref) => b.ranges.some((other) => other.hash === ref.hash));
      assert.ok(
        shared.every((ref) => !store.opened.includes(ref.hash)),
        'no shared range is opened',
      );
      assert.equal(new Set(store.opened).size, store.opened.length, 'no range is opened twice');
    }),
    { numRuns: 500 },
  );
});

test('equal snapshots are compared without opening a range', async () => {
  const store = new MemoryRanges();
  const a = store.add(numberedEntries(500));
  assert.ok(a.ranges.length > 50);
  assert.deepEqual(await collect(diffManifests(a, store.add(numberedEntries(500)), store)), []);
  assert.deepEqual(store.opened, []);
});

test('one changed entry opens one range of each', async () => {
  const store = new MemoryRanges();
  const entries = numberedEntries(500);
  const a = store.add(entries);
  const b = store.add(entries.map((entry, n) => (n === 250 ? { ...entry, versionId: 'new' } : entry)));
  const changes = await collect(diffManifests(a, b, store));
  assert.deepEqual(
    changes.map(({ change, key }) => `${change} ${key}`),
    ['changed k000250'],
  );
  assert.equal(store.opened.length, 2);
});

test('keys added at the front shift no range', async () => {
  const store = new MemoryRanges();
  const a = store.add(numberedEntries(500));
  const b = store.add([entryOf('a'), ...numberedEntries(500)]);
  assert.deepEqual(
    (await collect(diffManifests(a, b, store))).map(({ key }) => key),
    ['a'],
  );
  assert.ok(store.opened.length <= 3);
});

test('opens a range only once the other side has come to it', async () => {
  const store = new MemoryRanges();
  const entries = numberedEntries(500);
  const a = store.add(entries.slice(0, 250));
  const b = store.add(entries.slice(250));
  const [firstOfB] = b.ranges;
  for await (const { change } of diffManifests(a, b, store)) {
    if (change === 'removed') assert.ok(!store.opened.includes(firstOfB?.hash ?? ''));
  }
  assert.deepEqual(new Set(store.opened), new Set([...a.ranges, ...b.ranges].map((ref) => ref.hash)));
});

test('a prefix opens only the ranges that may hold it', async () => {
  const store = new MemoryRanges();
  const a = store.add(numberedEntries(500));
  const b = store.add(numberedEntries(500).map((entry) => ({ ...entry, versionId: 'new' })));
  const changes = await collect(diffManifests(a, b, store, { prefix: 'k00012' }));
  assert.deepEqual(
    changes.map(({ key }) => key),
    Array.from({ length: 10 }, (_, n) => `k00012${n}`),
  );
  assert.ok(store.opened.length < 20, `${store.opened.length} opened`);
});

test('a null version that was overwritten in place is a change (trap 6)', async () => {
  const store = new MemoryRanges();
  const before = entryOf('a', { versionId: 'null' });
  const after = { ...before, etag: 'other' };
  assert.deepEqual(await collect(diffManifests(store.add([before]), store.add([after]), store)), [
    { change: 'changed', key: 'a', from: before, to: after },
  ]);
});

test('another storage class is no change (trap 14)', async () => {
  const store = new MemoryRanges();
  const a = store.add([entryOf('a')]);
  const b = store.add([entryOf('a', { storageClass: 'GLACIER' })]);
  assert.deepEqual(await collect(diffManifests(a, b, store)), []);
});
