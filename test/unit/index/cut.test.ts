import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutMask, DEFAULT_CUT_BITS } from '../../../src/index/cut.ts';
import { tabulate } from '../../../src/index/tabulate.ts';
import { kernel } from '../../../src/kernel/kernel.ts';
import { isCutAfterKey, slowHash } from '../../support/cut.ts';
import { byKey, entryOf } from './support.ts';

/** After which of these keys, sorted, a range is cut. */
function cutsAfter(keys: string[], cutBits: number): string[] {
  const table = tabulate(keys.map((key) => entryOf(key)));
  const rows = Int32Array.from(keys.keys());
  const cuts: string[] = [];
  for (let from = 0, lastKey: Buffer | undefined; from < rows.length;) {
    const { rows: written, end } = kernel().writeLines(table, rows, from, lastKey, cutMask(cutBits));
    from += written;
    lastKey = Buffer.from(keys[from - 1]!);
    if (end === 'cut') cuts.push(keys[from - 1]!);
  }
  return cuts;
}

test('the hash is part of the format and never changes', () => {
  assert.equal(slowHash(''), 0xab3e7c0b);
  assert.equal(slowHash('a'), 0x1a80b1b3);
  assert.equal(slowHash('foobar'), 0x0c0da6dc);
  assert.equal(slowHash('photos/2024/11/img-000012345.jpg'), 0xcf073a96);
  assert.equal(slowHash('Fotos/Müller €'), 0xc00496f8);
  assert.equal(slowHash('😀/～'), 0x3310168b);
  assert.equal(slowHash('k000000'), 0xed0ea5fc);
  assert.equal(slowHash('a/b//c '), 0x29bf95a6);
});

test('cuts after the keys that the definition says, whatever stands before them', () => {
  const beginning = fc.constantFrom(
    '',
    'a',
    'photos/2024/',
    'é'.repeat(300),
    'x'.repeat(1020),
    'y'.repeat(1500),
  );
  const key = fc
    .tuple(beginning, fc.string({ unit: 'binary', minLength: 1 }))
    .map((parts) => parts.join('').toWellFormed());
  fc.assert(
    fc.property(fc.uniqueArray(key, { maxLength: 30 }), fc.integer({ min: 0, max: 4 }), (keys, cutBits) => {
      const sorted = keys.map((each) => ({ key: each })).sort(byKey);
      const expected = sorted.map((each) => each.key).filter((each) => isCutAfterKey(each, cutBits));
      assert.deepEqual(
        cutsAfter(
          sorted.map((each) => each.key),
          cutBits,
        ),
        expected,
      );
    }),
    { numRuns: 500 },
  );
});

test('keys that count up are cut about as often as the bits say', () => {
  const keys = Array.from({ length: 100_000 }, (_, n) => `photos/img-${String(n).padStart(9, '0')}.jpg`);
  let cuts = 0;
  for (let at = 0; at < keys.length; at += 1000) cuts += cutsAfter(keys.slice(at, at + 1000), 7).length;
  assert.ok(Math.abs(cuts - 100_000 / 128) < 100, `${cuts} cuts`);
  assert.equal(DEFAULT_CUT_BITS, 14);
});
