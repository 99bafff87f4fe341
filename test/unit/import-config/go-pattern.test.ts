import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromGoPattern } from '../../../src/import-config/go-pattern.ts';

test('what means the same in JavaScript stays, what is written otherwise is rewritten', () => {
  const cases: [string, string][] = [
    ['.[Dd][Ss]_[Ss]tore', '.[Dd][Ss]_[Ss]tore'],
    ['[Tt]humbs.db', '[Tt]humbs.db'],
    ['\\.tmp$', '\\.tmp$'],
    ['\\Alogs\\z', '^logs$'],
    ['(?P<y>\\d{4})-(?:a|b)', '(?<y>\\d{4})-(?:a|b)'],
    ['[[:alpha:]_]+', '[A-Za-z_]+'],
    ['(?i)thumbs\\.db', '(?i)thumbs\\.db'],
    ['a\\sb', 'a[\\t\\n\\f\\r ]b'],
  ];
  for (const [pattern, expected] of cases) assert.equal(fromGoPattern(pattern), expected, pattern);
});

test('what cannot be said in JavaScript is not guessed at', () => {
  for (const pattern of ['a(?i)b', '(?s).', '\\pL', '\\Qa\\E', '[[:^alpha:]]', '[]a]', '\\C', 'a(', '[^\\S]'])
    assert.equal(fromGoPattern(pattern), undefined, pattern);
});
