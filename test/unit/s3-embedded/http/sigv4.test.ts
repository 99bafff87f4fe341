import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { ManualClock, startEmbeddedS3 } from '../../../../src/s3-embedded/index.ts';
import type { EmbeddedS3 } from '../../../../src/s3-embedded/index.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 4, 0, 0);
const TIME = '20261121T040000Z';
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');

interface Signing {
  time?: string;
  region?: string;
  secret?: string;
  payloadHash?: string;
}

/** A signer of its own, after the S3 API reference: the server's must not judge itself. */
function sign(method: string, url: URL, { time = TIME, region = 'us-east-1', ...more }: Signing = {}) {
  const { secret = 'testsecret', payloadHash = 'UNSIGNED-PAYLOAD' } = more;
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const headers = { host: url.host, 'x-amz-content-sha256': payloadHash, 'x-amz-date': time };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = [method, url.pathname, url.search.slice(1), lines.join(''), names, payloadHash].join(
    '\n',
  );
  let key: Buffer = Buffer.from(`AWS4${secret}`);
  for (const part of scope.split('/')) key = hmac(key, part);
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`).toString('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=test/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { headers: { ...headers, authorization }, key, scope, signature };
}

describe('Signature Version 4', () => {
  let server: EmbeddedS3;
  let object: URL;
  const clock = new ManualClock(NOW_MS);
  before(async () => {
    server = await startEmbeddedS3({ clock, region: 'us-east-1' });
    server.buckets.create('bucket');
    object = new URL(`${server.endpoint}/bucket/key`);
  });
  after(() => server.close());

  const put = async (body: string | Buffer, signing: Signing = {}, more: Record<string, string> = {}) => {
    const { headers } = sign('PUT', object, signing);
    const answer = await fetch(object, { method: 'PUT', body, headers: { ...headers, ...more } });
    return { status: answer.status, code: /<Code>(\w+)</.exec(await answer.text())?.[1] };
  };

  test('a right signature is taken', async () => {
    assert.equal((await put('body')).status, 200);
    assert.equal((await put('body', { payloadHash: sha256('body') })).status, 200);
  });

  for (const [what, signing, expected] of [
    ['a wrong secret', { secret: 'other' }, { status: 403, code: 'SignatureDoesNotMatch' }],
    [
      'a body of another hash',
      { payloadHash: sha256('other') },
      { status: 400, code: 'XAmzContentSHA256Mismatch' },
    ],
    ['another region', { region: 'eu-west-1' }, { status: 400, code: 'AuthorizationHeaderMalformed' }],
    ['a time 16 minutes off', { time: '20261121T034359Z' }, { status: 403, code: 'RequestTimeTooSkewed' }],
  ] as const) {
    test(`refused: ${what}`, async () => assert.deepEqual(await put('body', signing), expected));
  }

  test('refused: no signature at all', async () => {
    const answer = await fetch(object);
    assert.equal(answer.status, 403);
    assert.match(await answer.text(), /<Code>AccessDenied</);
  });

  test('in the query: a presigned request', async () => {
    await put('presigned');
    const url = new URL(object);
    const scope = `${TIME.slice(0, 8)}/us-east-1/s3/aws4_request`;
    const query = {
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': `test/${scope}`,
      'X-Amz-Date': TIME,
      'X-Amz-Expires': '60',
      'X-Amz-SignedHeaders': 'host',
    };
    url.search = new URLSearchParams(query).toString();
    const canonical = [
      'GET',
      url.pathname,
      url.search.slice(1),
      `host:${url.host}\n`,
      'host',
      'UNSIGNED-PAYLOAD',
    ];
    let key: Buffer = Buffer.from('AWS4testsecret');
    for (const part of scope.split('/')) key = hmac(key, part);
    const signature = hmac(key, `AWS4-HMAC-SHA256\n${TIME}\n${scope}\n${sha256(canonical.join('\n'))}`);
    url.searchParams.set('X-Amz-Signature', signature.toString('hex'));
    assert.equal(await (await fetch(url)).text(), 'presigned');
    clock.advance(61_000);
    assert.match(await (await fetch(url)).text(), /Request has expired/);
    clock.set(NOW_MS);
    url.searchParams.set('X-Amz-Signature', '0'.repeat(64));
    assert.match(await (await fetch(url)).text(), /SignatureDoesNotMatch/);
  });

  test('signed chunks: each is checked', async () => {
    const payloadHash = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
    const { key, scope, signature } = sign('PUT', object, { payloadHash });
    let previous = signature;
    const frame = (data: string) => {
      const parts = ['AWS4-HMAC-SHA256-PAYLOAD', TIME, scope, previous, sha256(''), sha256(data)];
      previous = hmac(key, parts.join('\n')).toString('hex');
      return `${data.length.toString(16)};chunk-signature=${previous}\r\n${data}\r\n`;
    };
    const body = frame('first chunk') + frame('second chunk') + frame('');
    const more = { 'x-amz-decoded-content-length': '23', 'content-encoding': 'aws-chunked' };
    assert.equal((await put(body, { payloadHash }, more)).status, 200);
    const forged = body.replace('second', 'SECOND');
    assert.deepEqual(await put(forged, { payloadHash }, more), {
      status: 403,
      code: 'SignatureDoesNotMatch',
    });
  });

  test('a wrong checksum of the body is refused', async () => {
    const wrong = { 'x-amz-checksum-crc32': 'AAAAAA==' };
    assert.deepEqual(await put('body', {}, wrong), { status: 400, code: 'BadDigest' });
    // The check value of CRC-32C's definition (RFC 3720, appendix B.4 uses the same polynomial).
    const right = { 'x-amz-checksum-crc32c': '4waSgw==' };
    assert.deepEqual(await put('123456789', {}, right), { status: 200, code: undefined });
    assert.deepEqual(await put('12345678', {}, right), { status: 400, code: 'BadDigest' });
  });
});
