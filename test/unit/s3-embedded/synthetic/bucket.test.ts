import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { collectPage } from '../../../../src/s3-embedded/listing/page.ts';
import { PageWriter } from '../../../../src/s3-embedded/listing/page-writer.ts';
import { SyntheticBucket } from '../../../../src/s3-embedded/synthetic/bucket.ts';
import type { SyntheticSpec } from '../../../../src/s3-embedded/synthetic/bucket.ts';
import type { Churn } from '../../../../src/s3-embedded/synthetic/churn.ts';

const spec = (more: Partial<SyntheticSpec> = {}): SyntheticSpec => ({
  bucket: 'b',
  keys: 500,
  layout: 'flat',
  ...more,
});

function listAll(bucket: SyntheticBucket, maxKeys: number) {
  const items = [];
  let keyMarker = '';
  let versionIdMarker: string | undefined;
  for (;;) {
    const page = collectPage(bucket, {
      prefix: '',
      delimiter: '',
      maxKeys,
      keyMarker,
      versionIdMarker,
      shows: 'versions',
    });
    items.push(...page.items);
    if (!page.isTruncated) return items;
    keyMarker = page.nextKeyMarker ?? assert.fail('no marker');
    versionIdMarker = page.nextVersionIdMarker;
  }
}

describe('synthetic buckets', () => {
  test('versions and delete markers as asked for, the same at every page size', () => {
    const bucket = new SyntheticBucket(spec({ versionsPerKey: 3, deleteMarkerEvery: 5 }));
    const whole = listAll(bucket, 1000);
    assert.equal(whole.length, 500 * 3 + 100);
    assert.equal(whole.filter(({ version }) => version.isDeleteMarker).length, 100);
    const identity = ({ key, version }: (typeof whole)[number]) => `${key} ${version.versionId}`;
    assert.deepEqual(listAll(bucket, 7).map(identity), whole.map(identity));
    assert.equal(new Set(whole.map(identity)).size, whole.length);
  });

  test('versions of a key come newest first and can be found by their id', () => {
    const versions = new SyntheticBucket(spec({ versionsPerKey: 4, deleteMarkerEvery: 1 })).versionsAt(17);
    assert.equal(versions.count, 5);
    for (let i = 0; i < versions.count; i++) {
      const version = versions.at(i);
      assert.equal(versions.find(version.versionId)?.ordinal, version.ordinal);
      assert.equal(versions.countUpTo(version.versionId), i + 1);
      if (i > 0) assert.ok(version.lastModifiedMs < versions.at(i - 1).lastModifiedMs);
    }
    assert.equal(versions.find('0'.repeat(32)), undefined);
    assert.equal(versions.find('null'), undefined);
  });

  test('manyversions: one key with very many versions, in pages', () => {
    const bucket = new SyntheticBucket(spec({ keys: 9, layout: 'manyversions', manyVersions: 5000 }));
    const items = listAll(bucket, 999);
    assert.equal(items.length, 8 + 5000);
    assert.equal(items.filter(({ key }) => key === bucket.keyAt(4)).length, 5000);
  });

  test('ids written as bytes are those written as text', () => {
    const version = new SyntheticBucket(spec()).versionsAt(3).at(0);
    for (const [text, write] of [
      [version.versionId, (writer: PageWriter) => version.writeVersionId(writer)],
      [version.etag, (writer: PageWriter) => version.writeEtag(writer)],
    ] as const) {
      const writer = new PageWriter(64, true);
      write(writer);
      assert.equal(writer.bytes().toString('latin1'), text);
      assert.match(text, /^[0-9a-f]{32}$/);
    }
  });

  for (const pattern of ['uniform', 'clustered'] as const) {
    test(`${pattern} churn: about its share of the keys has a newer version, and the older ones stay`, () => {
      const keys = 100_000;
      const round: Churn = { seed: 3, rate: 0.1, pattern, atMs: Date.UTC(2026, 0, 1) };
      const before = new SyntheticBucket(spec({ keys }));
      const after = new SyntheticBucket(spec({ keys, churn: [round] }));
      let churned = 0;
      let runs = 0;
      let wasChurned = false;
      for (let i = 0; i < keys; i++) {
        const versions = after.versionsAt(i);
        const isChurned = versions.count === 2;
        if (isChurned) {
          churned++;
          if (!wasChurned) runs++;
          assert.equal(versions.at(0).lastModifiedMs, round.atMs);
        }
        wasChurned = isChurned;
        assert.equal(versions.at(versions.count - 1).versionId, before.versionsAt(i).at(0).versionId);
      }
      assert.ok(churned > 0 && churned < keys / 2, `${churned} churned`);
      if (pattern === 'uniform') assert.ok(Math.abs(churned / keys - 0.1) < 0.01);
      else assert.ok(runs <= Math.ceil(keys / 4096));
    });
  }

  test('100 million keys cost nothing', () => {
    const bucket = new SyntheticBucket(spec({ keys: 100_000_000, layout: 'uuid' }));
    const index = 77_777_777;
    assert.equal(
      bucket.versionsOf(bucket.keyAt(index))?.at(0).versionId,
      bucket.versionsAt(index).at(0).versionId,
    );
    assert.equal(bucket.versionsOf('not there'), undefined);
  });

  test('a number of keys that cannot be is refused', () => {
    assert.throws(() => new SyntheticBucket(spec({ keys: 1.5 })), RangeError);
    assert.throws(() => new SyntheticBucket(spec({ keys: -1 })), RangeError);
  });
});
