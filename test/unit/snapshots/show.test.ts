import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareKeys } from '../../../src/key-order.ts';
import { showSnapshot } from '../../../src/snapshots/show.ts';
import { shownPrefixes, TopPrefixes } from '../../../src/snapshots/top-prefixes.ts';
import { addSnapshot, entry, openTestRepository } from '../../support/repository.ts';
import { silentLog } from '../../support/silent-log.ts';

const observer = { log: silentLog, progress: () => undefined };
const { signal } = new AbortController();

test('totals by storage class and first part, within a prefix', async (t) => {
  const { repository } = await openTestRepository(t);
  const entries = [
    entry('a/1', 10),
    entry('a/b/2', 5, { storageClass: 'GLACIER' }),
    entry('a/b/3', 6),
    entry('root', 1),
    entry('z/4', 100),
  ];
  const manifest = await addSnapshot(repository, '20261121T010000Z', entries, {
    tags: { k: 'v' },
    held: true,
  });
  const whole = await showSnapshot(manifest, '', { repository, observer, signal });
  assert.deepEqual([whole.keys, whole.bytes, whole.held, whole.tags], [5, 122, true, { k: 'v' }]);
  assert.deepEqual(whole.storageClasses, [
    { storageClass: 'STANDARD', keys: 4, bytes: 117 },
    { storageClass: 'GLACIER', keys: 1, bytes: 5 },
  ]);
  assert.deepEqual(whole.prefixes, [
    { prefix: 'z/', keys: 1, bytes: 100 },
    { prefix: 'a/', keys: 3, bytes: 21 },
    { prefix: '', keys: 1, bytes: 1 },
  ]);
  const part = await showSnapshot(manifest, 'a/', { repository, observer, signal });
  assert.deepEqual([part.within, part.keys, part.bytes], ['a/', 3, 21]);
  assert.deepEqual(part.prefixes, [
    { prefix: 'a/b/', keys: 2, bytes: 11 },
    { prefix: 'a/', keys: 1, bytes: 10 },
  ]);
});

test('a prefix that the snapshot does not cover is refused, not shown as empty', async (t) => {
  const { repository } = await openTestRepository(t);
  const manifest = await addSnapshot(repository, '20261121T010000Z', [entry('a/1')], { prefix: 'a/' });
  await assert.rejects(showSnapshot(manifest, 'b/', { repository, observer, signal }), { code: 'USAGE' });
  assert.equal((await showSnapshot(manifest, '', { repository, observer, signal })).within, 'a/');
});

test('the largest prefixes are those of a count of all', () => {
  const key = fc
    .tuple(fc.nat(150), fc.constantFrom('/', '/x/', ''), fc.nat(3))
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.uniqueArray(key, { maxLength: 400, size: 'max' }), (keys) => {
      const top = new TopPrefixes('');
      const all = new Map<string, { keys: number; bytes: number }>();
      for (const each of keys.toSorted(compareKeys)) {
        const sizeBytes = each.length ** 3;
        top.add({ key: each, sizeBytes });
        const prefix = each.slice(0, each.indexOf('/') + 1);
        const totals = all.get(prefix) ?? { keys: 0, bytes: 0 };
        all.set(prefix, { keys: totals.keys + 1, bytes: totals.bytes + sizeBytes });
      }
      const { prefixes, otherPrefixes } = top.finish();
      const expected = [...all].map(([prefix, totals]) => ({ prefix, ...totals }));
      const bytes = expected.map((each) => each.bytes).sort((a, b) => b - a);
      assert.deepEqual(
        prefixes.map((each) => each.bytes),
        bytes.slice(0, shownPrefixes),
      );
      for (const each of prefixes) assert.deepEqual(each, { prefix: each.prefix, ...all.get(each.prefix) });
      assert.equal(otherPrefixes.count, Math.max(0, all.size - shownPrefixes));
      const shownKeys = prefixes.reduce((sum, each) => sum + each.keys, otherPrefixes.keys);
      assert.equal(shownKeys, keys.length);
    }),
    { numRuns: 50 },
  );
});
