import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ScannedPage } from '../../../src/s3/list-versions-xml.ts';
import { PageError, checkPage, firstPosition } from '../../../src/s3/page-check.ts';
import type { Position } from '../../../src/s3/page-check.ts';
import type { ListedVersion, VersionListing } from '../../../src/s3/types.ts';
import { VersionTable } from '../../../src/s3/version-table.ts';

function version(name: string): ListedVersion {
  const [key = '', versionId = '1'] = name.split('@');
  return {
    key,
    versionId,
    isLatest: true,
    isDeleteMarker: false,
    lastModifiedMs: 0,
    etag: '',
    sizeBytes: 0,
    storageClass: 'STANDARD',
  };
}

type ListedPage = ScannedPage & { versions: ListedVersion[] };

function scanned(names: string[], more: Partial<ScannedPage> = {}): ListedPage {
  return {
    versions: names.map(version),
    commonPrefixes: [],
    isTruncated: false,
    isUrlEncoded: true,
    ...more,
  };
}

const truncated = { isTruncated: true, nextKeyMarkerText: 'm', nextVersionIdMarker: '1' };

function check(
  { versions, ...page }: ListedPage,
  listing: Partial<VersionListing> = {},
  position?: Position,
) {
  const whole = { bucket: 'b', pageSize: 10, ...listing };
  const { page: checked, next } = checkPage(
    VersionTable.of(versions),
    page,
    whole,
    position ?? firstPosition(whole),
  );
  const { table, from, to } = checked;
  return {
    names: table.versions(from, to).map(({ key, versionId }) => `${key}@${versionId}`),
    page: checked,
    next,
  };
}

describe('checkPage', () => {
  it('goes on after the last item, whatever NextKeyMarker says: radosgw 16 does not encode it (trap 24)', () => {
    const { next } = check(scanned(['a', 'a+b@7'], { ...truncated, nextKeyMarkerText: 'a+b' }));
    assert.equal(next?.keyMarker, 'a+b');
    assert.equal(next.versionIdMarker, '7');
  });

  it('goes on after an empty page that is truncated, and at the lower of two readings of its marker', () => {
    const empty = scanned([], { ...truncated, nextKeyMarkerText: 'a+b' });
    assert.equal(check(empty).next?.keyMarker, 'a b');
    assert.equal(check(empty, { after: 'a!' }).next?.keyMarker, 'a+b');
    assert.equal(check(scanned([], { ...truncated, nextKeyMarkerText: '%zz' })).next?.keyMarker, '%zz');
  });

  const refused: [string, ListedPage, Partial<VersionListing>, Position?][] = [
    ['more entries than asked for', scanned(['a', 'b', 'c']), { pageSize: 2 }],
    ['keys out of order', scanned(['b', 'a']), {}],
    ['keys in the order of UTF-16', scanned(['\u{1f600}', '\uffee']), {}],
    ['a version twice', scanned(['a@1', 'a@1']), {}],
    ['a version twice, with another between', scanned(['a@1', 'a@2', 'a@1']), {}],
    ['a key without the prefix', scanned(['b']), { prefix: 'a' }],
    ['a key before the lower bound', scanned(['a']), { after: 'b' }],
    [
      'a key before the last page',
      scanned(['a']),
      {},
      { keyMarker: 'b', last: { key: 'b', versionId: '1' } },
    ],
    [
      'a key that begins again',
      scanned(['a@1']),
      {},
      { keyMarker: 'a', versionIdMarker: '2', last: { key: 'a', versionId: '2' }, firstVersionId: '1' },
    ],
    ['no NextKeyMarker', scanned(['a'], { isTruncated: true }), {}],
    [
      'an empty page without NextVersionIdMarker',
      scanned([], { isTruncated: true, nextKeyMarkerText: 'm' }),
      {},
    ],
    ['an empty page that does not advance', scanned([], truncated), { after: 'm', afterVersionId: '1' }],
    ['an empty page that goes back', scanned([], truncated), { after: 'n', afterVersionId: '1' }],
    ['markers that go back', scanned(['n'], truncated), { after: 'm', afterVersionId: '1' }],
    [
      'a page that only repeats the last item',
      scanned(['m@1'], truncated),
      {},
      { keyMarker: 'm', versionIdMarker: '1', last: { key: 'm', versionId: '1' } },
    ],
  ];
  for (const [what, page, listing, position] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(() => check(page, listing, position), PageError);
    });
  }

  it('drops the keys at the lower bound, also on the pages that follow (trap 24)', () => {
    const listing = { after: 'k' };
    const first = check(scanned(['k@3', 'k@2'], truncated), listing);
    assert.deepEqual(first.names, []);
    assert.deepEqual(check(scanned(['k@1', 'l']), listing, first.next).names, ['l@1']);
  });

  it('drops the item that a page repeats from the one before', () => {
    const first = check(scanned(['a@2', 'a@1'], truncated));
    assert.deepEqual(check(scanned(['a@1', 'b']), {}, first.next).names, ['b@1']);
  });

  it('ends at the upper bound', () => {
    const { names, page, next } = check(scanned(['a', 'b@2', 'b@1', 'c'], truncated), { upTo: 'b' });
    assert.deepEqual(names, ['a@1', 'b@2', 'b@1']);
    assert.equal(page.isTruncated, false);
    assert.equal(next, undefined);
  });

  it('goes on where the upper bound may have more versions', () => {
    assert.equal(check(scanned(['a', 'b@2'], truncated), { upTo: 'b' }).next?.keyMarker, 'b');
  });
});
