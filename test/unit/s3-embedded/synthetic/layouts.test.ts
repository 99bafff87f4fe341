import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LAYOUTS, keyNamer } from '../../../../src/s3-embedded/synthetic/layouts.ts';

describe('synthetic layouts', () => {
  for (const layout of LAYOUTS) {
    for (const keys of [1, 2, 999, 20_000]) {
      test(`${layout}, ${keys} keys: names rise by UTF-8 bytes`, () => {
        const name = keyNamer(layout, keys);
        for (let i = 1; i < keys; i++) {
          const order = Buffer.compare(Buffer.from(name(i - 1)), Buffer.from(name(i)));
          assert.equal(order, -1, `${name(i - 1)} before ${name(i)}`);
        }
      });
    }

    test(`${layout}, 100 million keys: names rise, wherever one looks`, () => {
      const keys = 100_000_000;
      const name = keyNamer(layout, keys);
      for (const start of [0, 999_990, 9_999_990, 10_000_000, 49_999_995, 89_999_990, keys - 10]) {
        for (let i = start + 1; i < start + 10; i++) {
          const order = Buffer.compare(Buffer.from(name(i - 1)), Buffer.from(name(i)));
          assert.equal(order, -1, `${name(i - 1)} before ${name(i)}`);
        }
      }
    });

    test(`${layout}: a name does not depend on those asked for before`, () => {
      const name = keyNamer(layout, 20_000);
      const forwards = Array.from({ length: 20_000 }, (_, i) => name(i));
      for (let i = 19_999; i >= 0; i -= 7) assert.equal(name(i), forwards[i]);
    });
  }

  test('uuid names are version 4 UUIDs', () => {
    const name = keyNamer('uuid', 1000);
    for (let i = 0; i < 1000; i++) {
      assert.match(name(i), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  test('skewed: one huge prefix beside a thousand small ones', () => {
    const name = keyNamer('skewed', 1_000_000);
    const counts = new Map<string, number>();
    for (let i = 0; i < 1_000_000; i++) {
      const prefix = name(i).split('/')[0] ?? '';
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
    assert.equal(counts.size, 1001);
    assert.equal(counts.get('huge'), 900_000);
  });

  test('longprefix: 200 leading bytes in common', () => {
    const name = keyNamer('longprefix', 1000);
    assert.equal(name(0).slice(0, 200), name(999).slice(0, 200));
  });
});
