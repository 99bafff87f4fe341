import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseOldEntry } from '../../../src/takeover/old-entry.ts';

const whole = { Key: 'a/b', LastModified: '2015-06-04T01:19:56-05:00', Size: 3, VersionID: 'v1' };
const parsed = {
  key: 'a/b',
  versionId: 'v1',
  sizeBytes: 3,
  lastModifiedMs: Date.parse('2015-06-04T06:19:56Z'),
};

describe('an old entry', () => {
  const cases: [name: string, element: unknown, expected: object | undefined][] = [
    ['whole', whole, parsed],
    ['with VersionId', { ...whole, VersionID: undefined, VersionId: 'v1' }, parsed],
    ['in small letters', { key: 'a/b', lastmodified: whole.LastModified, size: 3, versionid: 'v1' }, parsed],
    [
      'with what other tools write',
      { ...whole, ETag: '"e"', StorageClass: 'STANDARD', IsLatest: true },
      parsed,
    ],
    ['not current', { ...whole, IsLatest: false }, undefined],
    ['without size', { ...whole, Size: undefined }, { ...parsed, sizeBytes: undefined }],
    [
      'without time',
      { ...whole, LastModified: '0001-01-01T00:00:00Z' },
      { ...parsed, lastModifiedMs: undefined },
    ],
  ];
  for (const [name, element, expected] of cases)
    test(name, () => assert.deepEqual(parseOldEntry(element), expected));
});

describe('what cannot be taken says why', () => {
  const cases: [element: unknown, reason: RegExp][] = [
    ['text', /no object/],
    [{ ...whole, Key: '' }, /no Key/],
    [{ ...whole, Key: 'a\ud800' }, /no Key/],
    [{ ...whole, VersionID: '' }, /no VersionId/],
    [{ ...whole, Size: -1 }, /Size/],
    [{ ...whole, Size: '3' }, /Size/],
    [{ ...whole, LastModified: 'yesterday' }, /LastModified/],
  ];
  for (const [element, reason] of cases) {
    test(String(reason), () => {
      const found = parseOldEntry(element);
      assert.ok(found !== undefined && 'reason' in found);
      assert.match(found.reason, reason);
    });
  }
});
