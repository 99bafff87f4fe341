import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { JsonListError, readJsonList } from '../../../src/takeover/json-list.ts';

async function* inPieces(text: string, length: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += length) yield text.slice(at, at + length);
}

async function read(text: string, length = 7): Promise<{ fields: object; elements: unknown[] }> {
  const document = readJsonList(inPieces(text, length), (name) => name === 'Contents');
  const elements: unknown[] = [];
  for await (const batch of document.elements()) elements.push(...batch);
  return { fields: Object.fromEntries(document.fields), elements };
}

test('reads what JSON.parse reads, whatever the pieces and the spaces', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 20 }),
      fc.jsonValue({ maxDepth: 2 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 0, max: 4 }),
      fc.boolean(),
      async (elements, before, length, indent, isAlone) => {
        const document = isAlone ? elements : { before, Contents: elements, after: [before] };
        const expected = JSON.parse(JSON.stringify(document)) as typeof document;
        const found = await read(JSON.stringify(document, null, indent), length);
        if (Array.isArray(expected)) assert.deepEqual(found, { fields: {}, elements: expected });
        else {
          const { Contents, ...fields } = expected;
          assert.deepEqual(found, { fields, elements: Contents });
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('no text that is cut off passes for a whole one', async () => {
  const text = '{"Timestamp":"x","Contents":[{"Key":"a\\"b"},{"Key":"c"}]}';
  for (let length = 0; length < text.length; length += 1)
    await assert.rejects(read(text.slice(0, length)), JsonListError, text.slice(0, length));
});

test('what is read keeps nothing of the elements before', async () => {
  const piece = '{"Key":"a","Size":1},'.repeat(1000);
  async function* pieces(): AsyncGenerator<string> {
    yield '[';
    for (let i = 0; i < 500; i += 1) yield piece;
    yield '{"Key":"z"}]';
  }
  let count = 0;
  for await (const batch of readJsonList(pieces(), () => false).elements()) {
    assert.ok(batch.length <= 1000);
    count += batch.length;
  }
  assert.equal(count, 500_001);
});

describe('what is no such document', () => {
  const cases: [name: string, text: string, reason: RegExp][] = [
    ['nothing', '', /neither/],
    ['a number', '7', /neither/],
    ['no list', '{"a":1}', /no list/],
    ['a list of another name', '{"Other":[1]}', /no list/],
    ['two lists', '{"Contents":[],"Contents":[]}', /second list/],
    ['something after it', '[1] x', /follows its end/],
    ['no comma', '[1 2]', /"," is expected at character 4/],
    ['no JSON', '[nonsense]', /no JSON/],
    ['no value', '[,]', /no JSON/],
    ['a comma too many', '[1,]', /value is expected/],
    ['an element without end', `["${'a'.repeat(2_000_000)}`, /too long/],
  ];
  for (const [name, text, message] of cases)
    test(name, () => assert.rejects(read(text, 4096), { name: 'JsonListError', message }));
});

test('null is an empty list', async () => {
  assert.deepEqual((await read('{"Contents":null}')).elements, []);
});
