import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { positionOf, showPlace } from '../../../src/config/source-line.ts';

const names = new Set(['SlaveBucket', 'SecretKey']);

test('counts lines and columns from 1, whatever ends the lines', () => {
  assert.deepEqual(positionOf('ab', 1), { line: 1, column: 2 });
  assert.deepEqual(positionOf('a\nbc', 3), { line: 2, column: 2 });
  assert.deepEqual(positionOf('a\r\nbc', 3), { line: 2, column: 1 });
});

test('shows the line with a caret below the place, and masks values', () => {
  const source = '{\n  "SlaveBucket": "x" "SecretKey": true,\n}';
  assert.equal(
    showPlace(source, source.indexOf('"SecretKey"'), names),
    ['  2 |   "SlaveBucket": "*" "SecretKey": true,', '                           ^'].join('\n'),
  );
});

test('never shows a secret, however the line is broken', () => {
  const piece = fc.constantFrom('"', '""', ':', ',', '{', '\n', ' ', '"SecretKey"', 'SecretKey', '\\');
  fc.assert(
    fc.property(fc.array(piece), fc.array(piece), fc.nat(), (before, after, place) => {
      const source = `${before.join('')}hunter2/Xy+z${after.join('')}`;
      const shown = showPlace(source, place % (source.length + 1), names);
      assert.doesNotMatch(shown, /hunter|Xy/);
    }),
  );
});

test('cuts a long line to what is near', () => {
  const source = `{${'"SlaveBucket": 1, '.repeat(500)}`;
  const [line = '', caret = ''] = showPlace(source, 4000, names).split('\n');
  assert.ok(line.length < 120);
  assert.equal(line[caret.length - 1], source[4000]);
});
