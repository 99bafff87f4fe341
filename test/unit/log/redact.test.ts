import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import fc from 'fast-check';
import { redact } from '../../../src/log/redact.ts';

const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const authorization =
  'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7';

test('masks known secrets, plain and encoded', () => {
  for (const spelling of [secret, encodeURIComponent(secret), encodeURI(secret), JSON.stringify(secret)]) {
    assert.doesNotMatch(redact(`a ${spelling} b`, [secret]), /wJalr|MDENG|bPxR/);
  }
  assert.equal(redact('a b', ['']), 'a b');
});

test('masks the longer of two secrets that share a beginning', () => {
  assert.equal(redact('abcdef abc', ['abc', 'abcdef']), '[redacted] [redacted]');
});

test('leaves nothing of a known secret, whatever is around it', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (before, after) => {
      assert.ok(!redact(before + secret + after, [secret]).includes(secret));
    }),
  );
});

test('masks Authorization headers as text, JSON and inspected object', () => {
  const forms = [
    `Authorization: ${authorization}`,
    JSON.stringify({ headers: { authorization } }),
    JSON.stringify(JSON.stringify({ Authorization: authorization })),
    inspect({ authorization }),
    'authorization=AWS AKIDEXAMPLE:5d672d79c15b13',
    'Proxy-Authorization: Basic NWQ2NzJkNzk=',
  ];
  for (const form of forms) assert.doesNotMatch(redact(form), /5d672d|NWQ2|SignedHeaders/, form);
});

test('a masked header leaves the lines after it', () => {
  assert.equal(redact(`authorization: ${authorization}\nhost: b`), 'authorization: [redacted]\nhost: b');
});

test('masks what signs a URL, and leaves the rest of it', () => {
  const url =
    'https://b.s3.amazonaws.com/k?X-Amz-Credential=AKID%2Fs3&X-Amz-Signature=5d672d&X-Amz-Security-Token=FwoGZ%2Fz&a=1';
  assert.equal(
    redact(`GET ${url} 403`),
    'GET https://b.s3.amazonaws.com/k?X-Amz-Credential=AKID%2Fs3&X-Amz-Signature=[redacted]&X-Amz-Security-Token=[redacted]&a=1 403',
  );
});

test('masks user info in URLs', () => {
  assert.equal(redact('proxy http://user:pa@ss@host:80/x@y'), 'proxy http://[redacted]@host:80/x@y');
  assert.equal(redact('https://host/a@b mail@example.com'), 'https://host/a@b mail@example.com');
});

test('masks values of secret names in their usual spellings', () => {
  const forms = [
    '"SecretKey": "hunter2"',
    'SlaveSecretKey=hunter2',
    "secretAccessKey: 'hunter2'",
    'AWS_SECRET_ACCESS_KEY=hunter2',
    'aws_session_token = hunter2',
    "'x-amz-security-token': 'hunter2'",
    '<SecretAccessKey>hunter2</SecretAccessKey>',
    '<SessionToken>hunter2</SessionToken>',
    '{\\"sessionToken\\":\\"hunter2\\"}',
    'x-amz-server-side-encryption-customer-key: hunter2',
  ];
  for (const form of forms) assert.doesNotMatch(redact(form), /hunter2/, form);
});

test('leaves what is no secret', () => {
  const plain =
    'key=secret-plans/signature.pdf bucket=b AccessKeyId=AKIDEXAMPLE etag=5d672d79 authorization denied';
  assert.equal(redact(plain), plain);
});

test('is quick on long hostile text', () => {
  const started = performance.now();
  for (const piece of ['a.', '://', '@', 'authorization', 'secretKey ', 'aws_', '"', '\\'])
    redact(piece.repeat(20_000));
  assert.ok(performance.now() - started < 2000);
});
