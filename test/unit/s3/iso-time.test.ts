import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseIsoTime } from '../../../src/s3/iso-time.ts';

describe('parseIsoTime', () => {
  it('agrees with Date on every day and time', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date(Date.UTC(9999, 11, 31)), noInvalidDate: true }),
        (date) => {
          assert.equal(parseIsoTime(date.toISOString()), date.getTime());
        },
      ),
    );
  });

  it('does without a fraction, and cuts a long one', () => {
    assert.equal(parseIsoTime('1970-01-01T00:00:01Z'), 1000);
    assert.equal(parseIsoTime('1970-01-01T00:00:01.5Z'), 1500);
    assert.equal(parseIsoTime('1970-01-01T00:00:01.123999999Z'), 1123);
  });

  const refused = [
    ...['', 'Z', '1970-01-01', '1970-01-01T00:00:00', '1970-01-01T00:00:00+00:00', '1970-01-01 00:00:00Z'],
    ...['1970-13-01T00:00:00Z', '1970-00-01T00:00:00Z', '1970-01-32T00:00:00Z', '1900-02-29T00:00:00Z'],
    ...['1970-04-31T00:00:00Z', '1970-01-01T24:00:00Z', '1970-01-01T00:60:00Z', '1970-01-01T00:00:60Z'],
    ...[
      '1970-01-01T00:00:00.Z',
      '1970-01-01T00:00:00.1x3Z',
      '197o-01-01T00:00:00Z',
      '1970-01-01T00:00:00.1234x6Z',
    ],
  ];
  for (const text of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.ok(Number.isNaN(parseIsoTime(text))));
  }

  it('knows leap years', () => {
    assert.equal(parseIsoTime('2000-02-29T00:00:00Z'), Date.UTC(2000, 1, 29));
    assert.equal(parseIsoTime('2024-02-29T00:00:00Z'), Date.UTC(2024, 1, 29));
  });
});
