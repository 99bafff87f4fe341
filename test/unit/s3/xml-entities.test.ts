import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeEntities } from '../../../src/s3/xml-entities.ts';
import { XmlError } from '../../../src/s3/xml-error.ts';

describe('decodeEntities', () => {
  it('decodes the five of XML, and references in both notations', () => {
    assert.equal(decodeEntities('a&amp;&lt;&gt;&quot;&apos;b', 0), 'a&<>"\'b');
    assert.equal(decodeEntities('&#228;&#xE4;&#x1F600;&#13;&#x1;', 0), 'ää\u{1f600}\r\x01');
    assert.equal(decodeEntities('&amp;lt;', 0), '&lt;');
  });

  for (const text of [
    '&',
    '&;',
    '&nbsp;',
    '&#;',
    '&#x;',
    '&#0;',
    '&#xd800;',
    '&#x110000;',
    '&# 1;',
    '&toString;',
    '&AMP;',
  ]) {
    it(`refuses ${text}`, () => assert.throws(() => decodeEntities(text, 0), XmlError));
  }
});
