import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SnapshotCursor, entriesOf } from '../../../src/index/reader.ts';
import { MemoryRanges, anyEntries, anyKey, byKey, collect, entryOf, numberedEntries } from './support.ts';

test('reads the entries of any prefix, and opens no range that holds none (trap 8)', async () => {
  const anyPrefix = fc.oneof(fc.constant(''), anyKey, fc.constantFrom('a', 'ab', '/', '\u{1F600}'));
  await fc.assert(
    fc.asyncProperty(anyEntries, anyPrefix, async (entries, prefix) => {
      const store = new MemoryRanges();
      const manifest = store.add(entries);
      const batches = await collect(entriesOf(manifest, store, { prefix }));
      const wanted = entries.filter((entry) => entry.key.startsWith(prefix));
      assert.deepEqual(batches.flat(), wanted);
      assert.ok(batches.every((batch) => batch.length > 0));
      const needed = manifest.ranges.filter((ref) =>
        wanted.some((entry) => byKey(at(ref.firstKey), entry) <= 0 && byKey(entry, at(ref.lastKey)) <= 0),
      );
      // At the beginning of the prefix a range may span it without holding a key of it.
      assert.ok(store.opened.length <= needed.length + 1);
    }),
    { numRuns: 300 },
  );
});

function at(key: string): { key: string } {
  return { key };
}

test('a prefix is a string prefix: urn:oid:15 has urn:oid:150 in it (trap 8)', async () => {
  const store = new MemoryRanges();
  const manifest = store.add([
    entryOf('urn:oid:14'),
    entryOf('urn:oid:15'),
    entryOf('urn:oid:150'),
    entryOf('urn:oid:16'),
  ]);
  const keys = (await collect(entriesOf(manifest, store, { prefix: 'urn:oid:15' })))
    .flat()
    .map((entry) => entry.key);
  assert.deepEqual(keys, ['urn:oid:15', 'urn:oid:150']);
});

test('a cursor finds what a lookup finds', async () => {
  await fc.assert(
    fc.asyncProperty(anyEntries, fc.array(anyKey), fc.array(fc.nat(39)), async (entries, others, picks) => {
      const store = new MemoryRanges();
      const manifest = store.add(entries);
      const held = picks.flatMap((n) => (entries[n] ? [entries[n].key] : []));
      const keys = [...others, ...held].map((key) => ({ key })).sort(byKey);
      const cursor = new SnapshotCursor(manifest, store);
      for (const { key } of keys) {
        assert.deepEqual(
          await cursor.seek(key),
          entries.find((entry) => entry.key === key),
        );
      }
      assert.equal(new Set(store.opened).size, store.opened.length, 'no range is opened twice');
    }),
    { numRuns: 300 },
  );
});

test('a cursor opens only the ranges that may hold the keys', async () => {
  const store = new MemoryRanges();
  const manifest = store.add(numberedEntries(100));
  const [first, second, third] = manifest.ranges;
  assert.ok(first && second && third && manifest.ranges.length > 5);
  const cursor = new SnapshotCursor(manifest, store);
  assert.equal(await cursor.seek('a'), undefined);
  assert.equal(await cursor.seek(`${first.lastKey}-between`), undefined);
  assert.equal(store.opened.length, 0);
  assert.equal((await cursor.seek(third.firstKey))?.key, third.firstKey);
  assert.equal((await cursor.seek(third.lastKey))?.key, third.lastKey);
  assert.equal((await cursor.seek(third.lastKey))?.key, third.lastKey, 'the same key again');
  assert.equal(await cursor.seek('z'), undefined);
  assert.deepEqual(store.opened, [third.hash]);
});

test('a cursor refuses to go back', async () => {
  const store = new MemoryRanges();
  const cursor = new SnapshotCursor(store.add(numberedEntries(10)), store);
  await cursor.seek('k000005');
  await assert.rejects(cursor.seek('k000004'), /only goes forwards/);
});
