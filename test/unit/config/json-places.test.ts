import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { objectPlaceAt, replaceAll } from '../../../src/config/json-places.ts';

test('the places of fields hold their names and values, whatever the text', () => {
  const document = fc.dictionary(
    fc.string(),
    fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }))),
    { maxKeys: 6 },
  );
  fc.assert(
    fc.property(
      fc.array(document, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 0, max: 4 }),
      (list, indent) => {
        const source = JSON.stringify({ before: '}"{', list }, null, indent);
        for (const [index, wanted] of (
          JSON.parse(source) as { list: Record<string, unknown>[] }
        ).list.entries()) {
          const place = objectPlaceAt(source, ['list', index]);
          assert.deepEqual(JSON.parse(source.slice(place.start, place.end)), wanted);
          const found = place.fields.map(({ nameStart, nameEnd, start, end }) => [
            JSON.parse(source.slice(nameStart, nameEnd)) as string,
            JSON.parse(source.slice(start, end)) as unknown,
          ]);
          assert.deepEqual(Object.fromEntries(found), wanted);
        }
      },
    ),
  );
});

test('an object that is not there is an error', () =>
  assert.throws(() => objectPlaceAt('{"a":[]}', ['a', 0]), /no object/));

test('replaces from the end, so that places stay true', () => {
  const by = [
    { start: 1, end: 2, text: 'xxx' },
    { start: 4, end: 4, text: 'y' },
  ];
  assert.equal(replaceAll('abcdef', by), 'axxxcdyef');
});
