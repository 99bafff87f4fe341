import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackupError } from '../../../src/errors.ts';
import { errorText } from '../../../src/log/error-text.ts';

test('tells an error with its hint and its causes', () => {
  const cause = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
  const error = new BackupError('S3_UNREACHABLE', 'No answer from b.', { hint: 'Try again.', cause });
  assert.equal(
    errorText(error),
    'No answer from b. (Try again.); caused by: TypeError: fetch failed; caused by: connect ECONNREFUSED',
  );
  assert.equal(errorText('a text'), 'a text');
});

test('tells the errors of an AggregateError', () => {
  assert.equal(
    errorText(new AggregateError([new Error('a'), new Error('b')], 'all')),
    'AggregateError: all [a | b]',
  );
});

test('ends on a circle of causes', () => {
  const a = new Error('a');
  const b = new Error('b', { cause: a });
  a.cause = b;
  assert.equal(errorText(a), 'a; caused by: b');
});
