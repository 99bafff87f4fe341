import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { escapeControls, formatLine } from '../../../src/log/line.ts';

test('renders fields after the message, quoted where needed', () => {
  assert.equal(
    formatLine('copied', { key: 'a/b', bytes: 12, ok: true }, []),
    'copied key=a/b bytes=12 ok=true',
  );
  assert.equal(formatLine('m', { key: 'a b', none: '', eq: 'a=b' }, []), 'm key="a b" none="" eq="a=b"');
  assert.equal(formatLine('m', { key: 'say "hi"' }, []), 'm key="say \\"hi\\""');
});

test('one event is one line without controls, whatever key and message hold', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(text, text, text, (message, name, value) => {
      const line = formatLine(message, { [name]: value }, []);
      assert.doesNotMatch(line, /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
    }),
  );
});

test('a key cannot forge a line or colour the terminal (trap 24)', () => {
  assert.equal(
    formatLine('copied', { key: 'a\nERROR all lost\u001b[31m' }, []),
    'copied key="a\\nERROR all lost\\u{1b}[31m"',
  );
  assert.equal(formatLine('a\r\nb\u202e', {}, []), 'a\\r\\nb\\u{202e}');
});

test('escaping is injective: what was there can be told', () => {
  const text = fc.string({ unit: fc.constantFrom('\n', 'n', '\\', 'u', '{', '}', 'a', '\u001b', '1', 'b') });
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(escapeControls(a) === escapeControls(b), a === b);
    }),
  );
});

test('masks secrets in message and fields, also where escaping would have changed them', () => {
  const secret = 'a"b\\c d';
  const line = formatLine(`m ${secret}`, { note: `x ${secret}`, secretKey: 'hunter2', sessionToken: 'x y' }, [
    secret,
  ]);
  assert.equal(
    line,
    'm m [redacted]'.slice(2) + ' note="x [redacted]" secretKey=[redacted] sessionToken="[redacted] y"',
  );
});
