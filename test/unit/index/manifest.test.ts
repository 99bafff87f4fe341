import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  checkManifest,
  compareSnapshotNames,
  formatManifest,
  isSnapshotName,
  parseManifestText,
} from '../../../src/index/manifest.ts';
import { expectedRanges, manifestOf, numberedEntries } from './support.ts';

const MANIFEST = manifestOf(expectedRanges(numberedEntries(30)), {
  note: 'a "note" – \u{1F600}',
  tags: { why: 'test' },
});

test('the text of a manifest carries the SHA-256 of the document as it stands in it', () => {
  const text = formatManifest(MANIFEST);
  const body = text.slice('{"sha256":"'.length + 64 + '","manifest":'.length, -'}\n'.length);
  assert.equal(body, JSON.stringify(MANIFEST));
  const hash = createHash('sha256').update(body).digest('hex');
  assert.deepEqual(JSON.parse(text), { sha256: hash, manifest: MANIFEST });
  assert.deepEqual(parseManifestText(text), MANIFEST);
});

test('a cut or a changed character is found out, wherever it is', () => {
  const text = formatManifest(MANIFEST);
  for (let at = 0; at < text.length; at++) {
    assert.throws(() => parseManifestText(text.slice(0, at)), Error, `cut at ${at}`);
    const other = text[at] === '7' ? '8' : '7';
    assert.throws(
      () => parseManifestText(text.slice(0, at) + other + text.slice(at + 1)),
      Error,
      `changed at ${at}`,
    );
  }
});

test('names of snapshots are as-of times and lead nowhere else', () => {
  for (const name of ['20261121T040000Z', '20261121T040000Z-2', '20261121T040000Z-10'])
    assert.ok(isSnapshotName(name));
  for (const name of [
    '',
    'latest',
    '20261121T040000',
    '20261121T040000Z-',
    '20261121T040000Z-02',
    '20261121T040000Z/..',
    '../20261121T040000Z',
    '20261121T040000Z\n',
  ]) {
    assert.ok(!isSnapshotName(name), JSON.stringify(name));
  }
});

test('names sort by time, then by number', () => {
  const sorted = [
    '20251121T040000Z',
    '20261121T040000Z',
    '20261121T040000Z-2',
    '20261121T040000Z-10',
    '20261121T040001Z',
  ];
  assert.deepEqual([...sorted].reverse().sort(compareSnapshotNames), sorted);
});

test('refuses ranges out of order and totals that are not their sums', () => {
  checkManifest(MANIFEST);
  checkManifest(manifestOf([]));
  const [first, second, ...rest] = MANIFEST.ranges;
  assert.ok(first && second);
  assert.throws(() => checkManifest({ ...MANIFEST, ranges: [second, first, ...rest] }), /out of order/);
  assert.throws(() => checkManifest(manifestOf([first, first])), /out of order/);
  assert.throws(() => checkManifest(manifestOf([{ ...first, lastKey: 'a' }])), /out of order/);
  assert.throws(() => checkManifest({ ...MANIFEST, keys: 29 }), /states 29 keys, its ranges hold 30/);
  assert.throws(() => checkManifest({ ...MANIFEST, bytes: 1 }), /states 1 bytes/);
  assert.throws(() => checkManifest({ ...MANIFEST, ranges: [first, ...rest] }), /its ranges hold/);
});
