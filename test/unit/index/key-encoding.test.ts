import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeEntry } from '../../../src/index/entry-line.ts';
import { decodeField } from '../../../src/index/key-encoding.ts';
import { entryOf } from './support.ts';

const anyText = fc.string({ unit: 'binary' });

/** As it stands in a line. */
function encodeField(text: string): string {
  return encodeEntry(entryOf('k', { etag: text })).split(',')[4]!;
}

/** By the definition, byte by byte. */
function slowEncode(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => String.fromCharCode(byte))
    .map((char) =>
      /[A-Za-z0-9\-_.~/]/.test(char)
        ? char
        : `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}

test('encodes any text as the definition says, and back (trap 24)', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const encoded = encodeField(text);
      assert.equal(encoded, slowEncode(text));
      assert.equal(decodeField(encoded), text);
    }),
  );
});

test('encodes every ASCII character as the definition says', () => {
  for (let code = 0; code < 0x80; code++) {
    const char = String.fromCharCode(code);
    assert.equal(encodeField(char), slowEncode(char));
    assert.equal(decodeField(encodeField(char)), char);
  }
});

test('a space, a plus and control characters survive decoders of either school (trap 24)', () => {
  assert.equal(encodeField('a b+c\r\n,"é.~_-/\u{1F600}'), 'a%20b%2Bc%0D%0A%2C%22%C3%A9.~_-/%F0%9F%98%80');
});

test('decodes nothing that it would not have written', () => {
  const malformed = [
    '%',
    '%4',
    '%zz',
    '%c3%a9',
    '%C3',
    '%C3%28',
    '%ED%A0%80',
    '%C0%AF',
    '%41',
    '%2F',
    '%7E',
    'a b',
    'a+b',
    'é',
    'a,b',
    '\n',
  ];
  for (const text of malformed) assert.throws(() => decodeField(text), /percent-encoded/, text);
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('%', '2', '4', '1', 'F', 'f', 'C', 'A', '9', 'a', '/', '+') }),
      (text) => {
        let decoded: string;
        try {
          decoded = decodeField(text);
        } catch {
          return;
        }
        assert.equal(encodeField(decoded), text);
      },
    ),
    { numRuns: 2000 },
  );
});
