import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeEntry } from '../../../src/index/entry-line.ts';
import type { Entry } from '../../../src/index/entry.ts';
import { findEntry, VersionLines } from '../../../src/index/version-lines.ts';
import { compareKeys } from '../../../src/key-order.ts';

interface Wanted {
  key: string;
  version: number;
  storageClass: string;
}

function entryOf({ key, version, storageClass }: Wanted): Entry {
  const versionId = version === 0 ? 'null' : `v${version}`;
  const lastModifiedMs = 1_700_000_000_000 + version * 1000;
  return { key, versionId, sizeBytes: 10 ** version, lastModifiedMs, etag: 'e', storageClass };
}

function contentOf(entries: readonly Entry[]): Buffer {
  return Buffer.from(entries.map(encodeEntry).join(''), 'latin1');
}

const idOf = ({ key, versionId }: Entry): string => `${key} ${versionId}`;

/** Keys with one another as prefix, that the encoding reorders, and long ones that are equal for a while. */
const key = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', '-', '+', '~', ' ', '%', 'é', '\u{1F600}', '\uFFFD'),
    minLength: 1,
    maxLength: 3,
  }),
  fc.nat({ max: 400 }).map((number) => `${'long/'.repeat(8)}${String(number).padStart(6, '0')}`),
);
const range = fc
  .uniqueArray(
    fc.record({ key, version: fc.nat({ max: 2 }), storageClass: fc.constantFrom('STANDARD', 'GLACIER') }),
    { selector: (each) => each.key, maxLength: 120, size: 'max' },
  )
  .map((each) => each.map(entryOf).toSorted((a, b) => compareKeys(a.key, b.key)));

test('leaves the versions that no other range names, as a look at all entries does', () => {
  fc.assert(
    fc.property(range, fc.array(range, { maxLength: 4 }), (entries, others) => {
      const lines = new VersionLines(contentOf(entries));
      for (const other of others) lines.subtract(contentOf(other));
      const named = new Set(others.flat().map(idOf));
      const expected = entries.filter((each) => !named.has(idOf(each)));
      assert.deepEqual(lines.entries('a file'), expected);
      assert.equal(lines.isEmpty, expected.length === 0);
    }),
    { numRuns: 500 },
  );
});

test('finds the few changes of a large range', () => {
  const number = fc.nat({ max: 4999 });
  fc.assert(
    fc.property(
      fc.array(number, { maxLength: 20 }),
      fc.array(number, { maxLength: 20 }),
      (changed, removed) => {
        const before = Array.from({ length: 5000 }, (_, i) =>
          entryOf({ key: `data/${String(i).padStart(9, '0')}`, version: 1, storageClass: 'STANDARD' }),
        );
        const after = before.flatMap((each, i) => {
          if (removed.includes(i)) return [];
          return changed.includes(i) ? [{ ...each, versionId: 'v2' }] : [each];
        });
        const lines = new VersionLines(contentOf(before));
        lines.subtract(contentOf(after));
        const touched = [...new Set([...changed, ...removed])].sort((a, b) => a - b);
        assert.deepEqual(
          lines.entries('a file').map((each) => each.key),
          touched.map((i) => before[i]?.key),
        );
      },
    ),
    { numRuns: 50 },
  );
});

test('a `null` version that was overwritten is another one, one that changed its storage class is not (traps 6 and 14)', () => {
  const old = entryOf({ key: 'k', version: 0, storageClass: 'STANDARD' });
  const isLeftBeside = (other: Entry): boolean => {
    const lines = new VersionLines(contentOf([old]));
    lines.subtract(contentOf([other]));
    return !lines.isEmpty;
  };
  assert.equal(isLeftBeside({ ...old, storageClass: 'GLACIER' }), false);
  assert.equal(isLeftBeside({ ...old, etag: 'other' }), true);
  assert.equal(isLeftBeside({ ...old, lastModifiedMs: old.lastModifiedMs + 1000 }), true);
});

test('finds the entry of a key, and none where there is none', () => {
  fc.assert(
    fc.property(range, key, (entries, absent) => {
      const plain = contentOf(entries);
      for (const each of entries) assert.deepEqual(findEntry(plain, each.key), each);
      const expected = entries.find((each) => each.key === absent);
      assert.deepEqual(findEntry(plain, absent), expected);
    }),
  );
});
