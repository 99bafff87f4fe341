import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_CUT_BITS, hashKey } from '../../../src/index/cut.ts';
import { isCutAfterKey } from '../../support/cut.ts';

const hash = (key: string): number => hashKey(Buffer.from(key));

/** By the definitions, with big integers. */
function slowHash(key: string): number {
  const mask = 0xffffffffn;
  let hash = 2166136261n;
  for (const byte of Buffer.from(key)) hash = ((hash ^ BigInt(byte)) * 16777619n) & mask;
  hash = ((hash ^ (hash >> 16n)) * 0x85ebca6bn) & mask;
  hash = ((hash ^ (hash >> 13n)) * 0xc2b2ae35n) & mask;
  return Number(hash ^ (hash >> 16n));
}

test('hashes the UTF-8 bytes of any key as the definition says', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (key) => assert.equal(hash(key), slowHash(key))));
});

test('the hash is part of the format and never changes', () => {
  assert.equal(hash(''), 0xab3e7c0b);
  assert.equal(hash('a'), 0x1a80b1b3);
  assert.equal(hash('foobar'), 0x0c0da6dc);
  assert.equal(hash('photos/2024/11/img-000012345.jpg'), 0xcf073a96);
  assert.equal(hash('Fotos/Müller €'), 0xc00496f8);
  assert.equal(hash('😀/～'), 0x3310168b);
  assert.equal(hash('k000000'), 0xed0ea5fc);
  assert.equal(hash('a/b//c '), 0x29bf95a6);
});

test('cuts where the low bits are zero', () => {
  const keys = Array.from({ length: 20_000 }, (_, n) => `photos/img-${String(n).padStart(9, '0')}.jpg`);
  for (const cutBits of [0, 1, 3, 8, 31]) {
    for (const key of keys.slice(0, 2000))
      assert.equal(isCutAfterKey(key, cutBits), hash(key) % 2 ** cutBits === 0);
  }
});

test('keys that count up are cut about as often as the bits say', () => {
  const keys = Array.from({ length: 100_000 }, (_, n) => `photos/img-${String(n).padStart(9, '0')}.jpg`);
  const cuts = keys.filter((key) => isCutAfterKey(key, 7)).length;
  assert.ok(Math.abs(cuts - 100_000 / 128) < 100, `${cuts} cuts`);
  assert.equal(DEFAULT_CUT_BITS, 14);
});
