import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asManifest } from '../../../src/index/manifest-schema.ts';
import { expectedRanges, manifestOf, numberedEntries } from './support.ts';

const MANIFEST = manifestOf(expectedRanges(numberedEntries(3), 31));

test('takes a manifest, with its optional fields and fields of later versions', () => {
  assert.deepEqual(asManifest(MANIFEST), MANIFEST);
  const more = {
    ...MANIFEST,
    region: 'eu-west-1',
    endpoint: 'http://127.0.0.1:9000',
    asOf: '2026-11-21T04:00:00.123Z',
    later: [1],
  };
  assert.deepEqual(asManifest(more), more);
});

test('names the field that is wrong', () => {
  const [range] = MANIFEST.ranges;
  const wrong: [field: string, document: object][] = [
    ['snapshot', { ...MANIFEST, snapshot: '../x' }],
    ['bucket', { ...MANIFEST, bucket: undefined }],
    ['region', { ...MANIFEST, region: null }],
    ['asOf', { ...MANIFEST, asOf: 'yesterday' }],
    ['keys', { ...MANIFEST, keys: -1 }],
    ['state', { ...MANIFEST, state: 'done' }],
    ['tags.a', { ...MANIFEST, tags: { a: 1 } }],
    ['cutBits', { ...MANIFEST, cutBits: 32 }],
    ['ranges.0.hash', { ...MANIFEST, ranges: [{ ...range, hash: '../../etc/passwd' }] }],
    ['ranges.0.entries', { ...MANIFEST, ranges: [{ ...range, entries: 0 }] }],
  ];
  for (const [field, document] of wrong) {
    assert.throws(
      () => asManifest(document),
      (error) => error instanceof Error && error.message.startsWith(`field ${field}: `),
      field,
    );
  }
  assert.throws(() => asManifest(null), Error);
});
