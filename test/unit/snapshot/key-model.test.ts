import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compareKeys } from '../../../src/key-order.ts';
import { KeyModel, LAST_CHARACTER, endOfGroup } from '../../../src/snapshot/key-model.ts';
import { anyKey } from '../index/support.ts';

function modelOf(...keys: string[]): KeyModel {
  const model = new KeyModel();
  for (const key of keys) model.learn(key, true);
  return model;
}

const anyPair = fc
  .uniqueArray(anyKey, { minLength: 2, maxLength: 2 })
  .map((pair) => pair.toSorted(compareKeys) as [string, string]);

test('a guess lies between by the bytes of UTF-8, is well-formed, and no longer than a key may be', () => {
  fc.assert(
    fc.property(fc.array(anyKey, { maxLength: 40 }), anyPair, (known, [after, upTo]) => {
      const guess = modelOf(...known, after).between(after, upTo);
      if (guess === undefined) return;
      assert.ok(guess.isWellFormed());
      assert.ok(Buffer.byteLength(guess) <= 1024);
      assert.ok(Buffer.compare(Buffer.from(after), Buffer.from(guess)) < 0);
      assert.ok(Buffer.compare(Buffer.from(guess), Buffer.from(upTo)) < 0);
    }),
  );
});

describe('halves', () => {
  const halves = (model: KeyModel, after: string, upTo: string): number => {
    const guess = model.between(after, upTo);
    assert.ok(guess !== undefined);
    return model.shareUpTo(after, guess, upTo);
  };
  test('zero-padded numbers', () => {
    assert.equal(
      modelOf('key-000000', 'key-123456', 'key-987890').between('key-000000', 'key-100000'),
      'key-050',
    );
  });
  test('hexadecimal names', () => {
    const model = modelOf('00af-4321', '10bc-56ed', '19d8-70f2');
    assert.equal(model.between('00af-4321', LAST_CHARACTER)?.[0], '8');
  });
  test('keys that share 200 characters', () => {
    const folder = 'deep/'.repeat(40);
    const model = modelOf(`${folder}0000`, `${folder}1234`, `${folder}5678`, `${folder}0009`);
    assert.equal(model.between(`${folder}0000`, `${folder}9000`), `${folder}45`);
  });
  test('astral characters, beyond U+FFFF', () => {
    const signs = ['!', 'é', '\ufffd', '\u{10000}', '\u{1F600}'];
    const model = modelOf(...signs, ...signs.map((sign) => `!${sign}`));
    assert.equal(model.between('!', '\u{1F600}')?.[0], '\ufffd');
    const share = halves(model, '!!', '!\u{1F600}');
    assert.ok(share > 0.3 && share < 0.7, `${share}`);
  });
});

test('nothing lies between neighbours', () => {
  const model = modelOf('a', 'b');
  assert.equal(model.between('b', 'b'), undefined);
  const longest = 'x'.repeat(1024);
  assert.equal(modelOf(longest, 'y').between(longest, endOfGroup(longest, 1024)), undefined);
});

test('shares grow with the key, from 0 to 1', () => {
  const model = modelOf('k0000', 'k9999', 'k1234');
  const shares = ['k0000', 'k1000', 'k2500', 'k5000', 'k9999'].map((key) =>
    model.shareUpTo('k0000', key, `k${LAST_CHARACTER}`),
  );
  assert.deepEqual(
    shares,
    shares.toSorted((a, b) => a - b),
  );
  assert.equal(shares[0], 0);
  assert.ok(shares[4]! < 1);
});
