import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { childText, element, escapeXml, parseXml } from '../../../src/s3-embedded/xml.ts';

test('what is escaped is read back, carriage returns included (trap 24)', () => {
  const char = fc.constantFrom('a', '&', '<', '>', '"', "'", '\t', '\n', '\r', ' ', ']', '😀', '\ufffd');
  fc.assert(
    fc.property(fc.string({ unit: char }), (text) => {
      const root = parseXml(`<?xml version="1.0"?><Root xmlns="x">${element('Key', text)}</Root>`);
      assert.equal(childText(root, 'Key'), text);
    }),
  );
});

test('control characters are written as references, which XML 1.0 does not allow (trap 24)', () => {
  assert.equal(escapeXml('a\u0001b\rc'), 'a&#x1;b&#xd;c');
});

for (const [what, source] of Object.entries({
  'not closed': '<A><B></B>',
  'closed twice': '<A></A></A>',
  crossed: '<A><B></A></B>',
  'two roots': '<A/><B/>',
  nothing: '',
  'a stray less-than': '<A>< </A>',
  'a bare ampersand': '<A>&</A>',
  'an unknown entity': '<A>&nope;</A>',
  'a control character': '<A>\u0001</A>',
  'a reference to a control character': '<A>&#x1;</A>',
  'a reference past the last character': '<A>&#x110000;</A>',
})) {
  test(`refused: ${what}`, () => assert.throws(() => parseXml(source), { code: 'MalformedXML' }));
}

test('CDATA, comments, prefixes and attributes', () => {
  const root = parseXml('<s:A b="c"><!-- x --><s:B><![CDATA[<&>]]></s:B></s:A>');
  assert.equal(root.name, 'A');
  assert.equal(childText(root, 'B'), '<&>');
});
