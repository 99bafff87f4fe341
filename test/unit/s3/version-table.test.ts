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

  it('tells the key and the version id of a neighbour from others', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (a, b) => {
        const keys = VersionTable.of([version(a), version(b)].sort(byKey));
        assert.equal(keys.isSameKey(1), a === b);
        const ids = VersionTable.of([a, b, a].map((versionId) => version('k', { versionId })));
        assert.equal(ids.isSameVersionId(0, 1), a === b);
        assert.equal(ids.isSameVersionId(0, 2), true);
        assert.equal(ids.isSameKey(0), false);
        assert.equal(ids.isSameKey(1), true);
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
