import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { JsonSyntaxError, parseJson } from '../../../src/config/json.ts';

function errorOf(source: string): JsonSyntaxError {
  try {
    parseJson(source);
  } catch (error) {
    assert.ok(error instanceof JsonSyntaxError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: `accepted: ${source}` });
}

test('reads any JSON as JSON.parse does', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(0, 2, '\t'), (source, indent) => {
      const expected: unknown = JSON.parse(source);
      assert.deepEqual(parseJson(source), expected);
      assert.deepEqual(parseJson(JSON.stringify(expected, null, indent)), expected);
    }),
  );
});

test('accepts and refuses damaged JSON as JSON.parse does', () => {
  const damaged = fc.tuple(
    fc.json(),
    fc.nat(),
    fc.constantFrom('', '"', ',', '}', ']', ':', '\\', '\n', '1', 'x'),
  );
  fc.assert(
    fc.property(damaged, ([source, place, piece]) => {
      const cut = place % (source.length + 1);
      const text = source.slice(0, cut) + piece + source.slice(cut + 1);
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        errorOf(text);
        return;
      }
      // JSON.parse takes the last of two fields with one name.
      try {
        assert.deepEqual(parseJson(text), expected);
      } catch (error) {
        assert.ok(error instanceof JsonSyntaxError && /already set/.test(error.message), String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test('a field __proto__ is a field', () => {
  assert.deepEqual(Object.keys(parseJson('{"__proto__": {"a": 1}}') as object), ['__proto__']);
});

test('says what was expected, and where', () => {
  const cases: [string, number, RegExp][] = [
    ['{"a": 1 "b": 2}', 8, /"," or "\}"/],
    ['{"a": 1,}', 8, /field name/],
    ['{"a" 1}', 5, /":"/],
    ['{"a": }', 6, /a value/],
    ['[1 2]', 3, /"," or "\]"/],
    ['{} x', 3, /the end of the file/],
    ['{"a": 1', 7, /found the end of the file/],
    ['', 0, /a value.*found the end/],
    ['{"a": "x\ny"}', 6, /not closed/],
    ['{"a": 1, "a": 2}', 9, /already set/],
    [`${'['.repeat(101)}`, 100, /nested too deeply/],
  ];
  for (const [source, offset, message] of cases) {
    const error = errorOf(source);
    assert.equal(error.offset, offset, source);
    assert.match(error.message, message);
  }
});
