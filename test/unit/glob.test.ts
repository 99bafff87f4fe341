import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Glob } from '../../src/glob.ts';

describe('what matches', () => {
  const cases: [pattern: string, matching: string[], others: string[]][] = [
    ['a/b.jpg', ['a/b.jpg'], ['a/b.jpg2', 'xa/b.jpg', 'A/b.jpg', 'a/bxjpg']],
    ['*', ['', 'a', 'a/b', '.hidden', '\n', '😀'], []],
    ['*.jpg', ['.jpg', 'a.jpg', 'a/b/c.jpg', 'a\nb.jpg'], ['a.jpg.bak', 'jpg']],
    ['photos/*/x', ['photos//x', 'photos/a/x', 'photos/a/b/x'], ['photos/x']],
    ['a**b', ['ab', 'a/b', 'axxb'], ['a', 'abc']],
    ['k?', ['k1', 'k/', 'k😀'], ['k', 'k12']],
    ['k[0-9a]', ['k0', 'k9', 'ka'], ['kb', 'k', 'k-']],
    ['k[!0-9]', ['ka', 'k/'], ['k0', 'k']],
    ['k[]]', ['k]'], ['k']],
    ['k[!]a]', ['kb'], ['k]', 'ka']],
    ['k[a-]', ['ka', 'k-'], ['kb']],
    ['k[ab', ['k[ab'], ['ka']],
    ['a\\*b', ['a*b'], ['axb', 'a\\*b']],
    ['\\[x]*', ['[x]', '[x]y'], ['x']],
    ['{a,b}', ['{a,b}'], ['a']],
  ];
  for (const [pattern, matching, others] of cases) {
    test(pattern, () => {
      const glob = new Glob(pattern);
      for (const key of matching) assert.equal(glob.matches(key), true, key);
      for (const key of others) assert.equal(glob.matches(key), false, key);
    });
  }

  test('as a regular expression would say', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '😀'), maxLength: 10 });
    const pattern = fc.string({
      unit: fc.constantFrom('a', 'b', '/', '*', '?', '😀'),
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(pattern, text, (glob, key) => {
        const expression = new RegExp(`^${glob.replaceAll('?', '[^]').replaceAll('*', '[^]*')}$`, 'u');
        assert.equal(new Glob(glob).matches(key), expression.test(key));
      }),
      { numRuns: 2000 },
    );
  });

  test('many stars take no time', () => {
    const glob = new Glob(`${'*a'.repeat(40)}*b`);
    assert.equal(glob.matches('a'.repeat(1024)), false);
  });
});

test('knows how every matching key begins', () => {
  const prefixes = ['photos/2026/*', 'a\\*b*', 'k[0', 'k[0]', '*', 'plain'].map(
    (pattern) => new Glob(pattern).literalPrefix,
  );
  assert.deepEqual(prefixes, ['photos/2026/', 'a*b', 'k[0', 'k', '', 'plain']);
  assert.equal(new Glob('pl\\ain').isLiteral, true);
  assert.equal(new Glob('pl?ain').isLiteral, false);
});

test('refuses what cannot be meant', () => {
  for (const pattern of ['', 'a\\', '*\\']) {
    assert.throws(() => new Glob(pattern), { code: 'USAGE' });
  }
});
