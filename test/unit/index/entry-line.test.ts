import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BackupError } from '../../../src/errors.ts';
import { encodeEntry, parseEntries } from '../../../src/index/entry-line.ts';
import { anyEntry, entryOf } from './support.ts';

const LINE = 'photos/a.jpg,v1,1234,2026-11-21T04:00:00Z,0123456789abcdef,STANDARD\n';

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof BackupError && error.code === code;
}

test('any entries survive the round trip, in lines of ASCII', () => {
  fc.assert(
    fc.property(fc.array(anyEntry), (entries) => {
      const plain = entries.map(encodeEntry).join('');
      assert.match(plain, /^[\x20-\x7E\n]*$/);
      assert.equal(plain.split('\n').length - 1, entries.length);
      assert.deepEqual(parseEntries(Buffer.from(plain), 'x'), entries);
    }),
  );
});

test('writes the fields in the order of the format', () => {
  const entry = entryOf('a b,c', {
    versionId: 'x=/+',
    sizeBytes: 0,
    lastModifiedMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  });
  const line = 'a%20b%2Cc,x%3D/%2B,0,2026-01-02T03:04:05.006Z,d41d8cd98f00b204e9800998ecf8427e,STANDARD\n';
  assert.equal(encodeEntry(entry), line);
});

test('writes every size as a decimal number', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.maxSafeNat(),
        fc.nat(20),
        fc.nat(15).map((n) => 10 ** n),
      ),
      (sizeBytes) => {
        assert.equal(encodeEntry(entryOf('k', { sizeBytes })).split(',')[2], String(sizeBytes));
      },
    ),
  );
});

test('refuses to write an entry that could not be read back', () => {
  for (const odd of [
    { key: '' },
    { key: '\uD800' },
    { versionId: '' },
    { versionId: '\uDC00' },
    { sizeBytes: -1 },
    { sizeBytes: 1.5 },
    { sizeBytes: 2 ** 53 },
    { sizeBytes: Number.NaN },
    { lastModifiedMs: Number.NaN },
    { lastModifiedMs: 8.64e15 },
  ]) {
    assert.throws(() => encodeEntry(entryOf('k', odd)), hasCode('LISTING_INVALID'), JSON.stringify(odd));
  }
});

test('refuses every line that is not of the format, and names it', () => {
  const damaged = [
    LINE.slice(0, -1),
    LINE.replace('v1,', ''),
    LINE.replace('\n', ',more\n'),
    LINE.replace('photos/a.jpg', ''),
    LINE.replace('v1', ''),
    LINE.replace('a.jpg', 'a jpg'),
    LINE.replace('a.jpg', 'é'),
    LINE.replace('a.jpg', '%zz'),
    LINE.replace('a.jpg', '%FF'),
    LINE.replace('1234', ''),
    LINE.replace('1234', '01'),
    LINE.replace('1234', '-1'),
    LINE.replace('1234', '1.5'),
    LINE.replace('1234', '9007199254740993'),
    LINE.replace('11-21', '02-30'),
    LINE.replace('04:00:00Z', '04:00:00'),
    LINE.replace('\n', '\r\n'),
    '\n',
  ];
  for (const line of damaged) {
    assert.throws(
      () => parseEntries(Buffer.from(LINE + line, 'utf8'), 'ranges/ab/x.csv'),
      (error) =>
        hasCode('INDEX_DAMAGED')(error) && /^Line 2 of ranges\/ab\/x\.csv /.test((error as Error).message),
      JSON.stringify(line),
    );
  }
});

test('a changed byte never gives the same entries', () => {
  const plain = Buffer.from(LINE + LINE.replace('a.jpg', 'b%20.jpg'));
  const entries = JSON.stringify(parseEntries(plain, 'x'));
  fc.assert(
    fc.property(fc.nat(plain.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = Buffer.from(plain);
      changed.writeUInt8(plain.readUInt8(at) ^ flip, at);
      let result: string;
      try {
        result = JSON.stringify(parseEntries(changed, 'x'));
      } catch (error) {
        assert.ok(hasCode('INDEX_DAMAGED')(error));
        return;
      }
      assert.notEqual(result, entries);
    }),
    { numRuns: 2000 },
  );
});
