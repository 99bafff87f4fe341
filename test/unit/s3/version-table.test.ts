import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { VersionTable } from '../../../src/s3/version-table.ts';
import type { ListedVersion } from '../../../src/s3/types.ts';
import { anyKey, byKey } from '../index/support.ts';

function version(key: string, changes: Partial<ListedVersion> = {}): ListedVersion {
  return {
    key,
    versionId: 'v',
    isLatest: true,
    isDeleteMarker: false,
    lastModifiedMs: 1,
    etag: 'e',
    sizeBytes: 2,
    storageClass: 'GLACIER',
    ...changes,
  };
}

describe('VersionTable', () => {
  it('holds more rows and longer texts than it has room for at first', () => {
    const versions = Array.from({ length: 5000 }, (_, n) =>
      version(`ä${n}`.repeat(1 + (n % 40)), {
        isLatest: n % 2 === 0,
        isDeleteMarker: n % 3 === 0,
        sizeBytes: n,
        lastModifiedMs: n * 1000,
      }),
    );
    assert.deepEqual(VersionTable.of(versions).versions(), versions);
  });

  it('takes versions without a storage class for STANDARD, delete markers for none', () => {
    const marker = version('k', { isDeleteMarker: true, storageClass: '' });
    const table = VersionTable.of([
      version('k', { storageClass: '' }),
      marker,
      version('k', { storageClass: '' }),
    ]);
    assert.deepEqual(
      table.versions().map(({ storageClass }) => storageClass),
      ['STANDARD', '', 'STANDARD'],
    );
  });

  it('tells equal texts from others', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (a, b) => {
        const table = VersionTable.of([version(a), version(b), version(a)]);
        assert.equal(table.isSame('key', 0, 1), a === b);
        assert.equal(table.isSame('key', 0, 2), true);
      }),
    );
  });

  it('finds the first key after any other', () => {
    fc.assert(
      fc.property(fc.array(anyKey), anyKey, (keys, key) => {
        const sorted = keys.map((each) => version(each)).sort(byKey);
        const found = sorted.findIndex((each) => byKey(each, { key }) > 0);
        assert.equal(VersionTable.of(sorted).firstAfter(key), found < 0 ? sorted.length : found);
      }),
    );
  });
});
