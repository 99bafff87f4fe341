import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { collectPage } from '../../../../src/s3-embedded/listing/page.ts';
import type { Page, PageRequest } from '../../../../src/s3-embedded/listing/page.ts';
import { MemoryBucket } from '../../../../src/s3-embedded/model/memory-bucket.ts';

/** Letters: `v` a version, `m` a delete marker, oldest first. */
type History = [key: string, steps: string][];

function bucketOf(history: History): MemoryBucket {
  const bucket = new MemoryBucket('b', 0, 'us-east-1');
  bucket.settings.versioning = 'Enabled';
  for (const [key, steps] of history) {
    for (const step of steps) {
      if (step === 'm') bucket.addDeleteMarker(key, 0);
      else bucket.addVersion(key, { lastModifiedMs: 0 });
    }
  }
  return bucket;
}

/** Everything, by looking at every key: the slow way. */
function expectedItems(bucket: MemoryBucket, history: History, request: PageRequest) {
  const { prefix, delimiter, shows } = request;
  const keys = history.map(([key]) => key).filter((key) => key.startsWith(prefix));
  keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const items: string[] = [];
  for (const key of keys) {
    const versions = bucket.versionsOf(key);
    assert.ok(versions);
    if (shows === 'objects' && versions.at(0).isDeleteMarker) continue;
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (end !== -1) {
      const commonPrefix = `prefix ${key.slice(0, end + delimiter.length)}`;
      if (!items.includes(commonPrefix)) items.push(commonPrefix);
      continue;
    }
    const shown = shows === 'objects' ? 1 : versions.count;
    for (let i = 0; i < shown; i++) {
      const place = request.isOldestFirst ? versions.count - 1 - i : i;
      items.push(`${key} ${versions.at(place).versionId} ${place === 0}`);
    }
  }
  return items.sort();
}

function itemsOf(page: Page): string[] {
  return [
    ...page.items.map(({ key, version, isLatest }) => `${key} ${version.versionId} ${isLatest}`),
    ...page.commonPrefixes.map((prefix) => `prefix ${prefix}`),
  ];
}

const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', '\uffff', '😀'), minLength: 1, maxLength: 5 });
const steps = fc.string({ unit: fc.constantFrom('v', 'm'), minLength: 1, maxLength: 6 });
const histories = fc.uniqueArray(fc.tuple(key, steps), { selector: ([name]) => name, maxLength: 25 });
const requests = fc.record({
  prefix: fc.constantFrom('', 'a', 'a/', '/', '\uffff'),
  delimiter: fc.constantFrom('', '/', 'b', '/a'),
  maxKeys: fc.integer({ min: 1, max: 7 }),
  shows: fc.constantFrom<'versions' | 'objects'>('versions', 'objects'),
});

function followPages(bucket: MemoryBucket, request: PageRequest): string[] {
  const items: string[] = [];
  let asked = request;
  for (;;) {
    const page = collectPage(bucket.source(), asked);
    const onPage = itemsOf(page);
    items.push(...onPage);
    assert.ok(onPage.length <= request.maxKeys);
    assert.ok(items.length < 1000, 'the listing does not end');
    if (!page.isTruncated) return items;
    assert.equal(onPage.length, request.maxKeys, 'a truncated page is full');
    assert.ok(page.nextKeyMarker !== undefined);
    asked = { ...request, keyMarker: page.nextKeyMarker, versionIdMarker: page.nextVersionIdMarker };
  }
}

test('pages of any size hold together what is there, each once (trap 7)', () => {
  fc.assert(
    fc.property(histories, requests, (history, asked) => {
      const bucket = bucketOf(history);
      const request: PageRequest = { ...asked, keyMarker: '' };
      assert.deepEqual(followPages(bucket, request).sort(), expectedItems(bucket, history, request));
    }),
    { numRuns: 500 },
  );
});

test('oldest first: the same, turned within each key (trap 7)', () => {
  fc.assert(
    fc.property(histories, requests, (history, asked) => {
      const bucket = bucketOf(history);
      const request: PageRequest = { ...asked, shows: 'versions', keyMarker: '', isOldestFirst: true };
      assert.deepEqual(followPages(bucket, request).sort(), expectedItems(bucket, history, request));
      const whole = collectPage(bucket.source(), { ...request, prefix: '', delimiter: '', maxKeys: 1000 });
      for (const [i, item] of whole.items.entries()) {
        const isLastOfKey = whole.items[i + 1]?.key !== item.key;
        assert.equal(item.isLatest, isLastOfKey);
      }
    }),
  );
});

test('a listing goes on after a version that was deleted', () => {
  for (const isOldestFirst of [false, true]) {
    const bucket = bucketOf([['k', 'vvvvv']]);
    const request: PageRequest = {
      prefix: '',
      delimiter: '',
      maxKeys: 2,
      keyMarker: '',
      shows: 'versions',
      isOldestFirst,
    };
    const all = collectPage(bucket.source(), { ...request, maxKeys: 10 }).items.map(
      ({ version }) => version.versionId,
    );
    const first = collectPage(bucket.source(), request);
    bucket.removeVersion('k', first.nextVersionIdMarker ?? '');
    const rest = collectPage(bucket.source(), {
      ...request,
      maxKeys: 10,
      keyMarker: 'k',
      versionIdMarker: first.nextVersionIdMarker,
    });
    assert.deepEqual(
      rest.items.map(({ version }) => version.versionId),
      all.slice(2),
    );
  }
});
